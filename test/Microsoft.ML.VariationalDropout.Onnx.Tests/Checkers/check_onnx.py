"""The onnx checker, with full check (types and shapes), on every case: check_onnx.py FOLDER"""
import sys

import onnx

import cases


def check(case, folder):
    model = onnx.load(folder + "/" + case["model"])
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    return [{"name": output.name, "type": cases.TYPE_OF_ELEMENT.get(output.type.tensor_type.elem_type, "?"), "shape": []} for output in inferred.graph.output]


cases.run(sys.argv[1], "onnx " + onnx.__version__, check)
