"""Reads the cases that a test wrote (cases.json) and writes what came out (results.json)."""
import base64
import json

import numpy

# Values of onnx.TensorProto.DataType.
TYPE_OF_ELEMENT = {1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64"}


def read(tensor):
    if tensor["type"] == "string":
        return numpy.array(tensor["texts"], dtype=object).reshape(tensor["shape"])
    return numpy.frombuffer(base64.b64decode(tensor["data"]), dtype=tensor["type"]).reshape(tensor["shape"])


def write(name, values):
    values = numpy.ascontiguousarray(values)
    return {"name": name, "type": str(values.dtype), "shape": list(values.shape), "data": base64.b64encode(values.tobytes()).decode("ascii")}


def run(folder, program, action):
    with open(folder + "/cases.json", encoding="utf-8") as file:
        cases = json.load(file)
    results = []
    for case in cases:
        result = {"name": case["name"], "outputs": []}
        try:
            result["outputs"] = action(case, folder)
        except Exception as error:  # The test says which case failed, and goes on with the others.
            result["error"] = type(error).__name__ + ": " + str(error)
        results.append(result)
    with open(folder + "/results.json", "w", encoding="utf-8") as file:
        json.dump({"program": program, "cases": results}, file)
