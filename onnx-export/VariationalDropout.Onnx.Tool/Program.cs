using VariationalDropout.Onnx.Tool;

return ToolCommand.Run(args, Console.Out, Console.Error);
