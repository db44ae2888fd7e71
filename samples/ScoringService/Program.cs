return await ScoringService.ServiceCommand.RunAsync(args);
