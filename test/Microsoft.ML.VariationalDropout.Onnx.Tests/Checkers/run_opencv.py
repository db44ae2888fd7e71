"""OpenCV's DNN module on every case: run_opencv.py FOLDER"""
import sys

import cv2

import cases


def run(case, folder):
    network = cv2.dnn.readNetFromONNX(folder + "/" + case["model"])
    for tensor in case["inputs"]:
        network.setInput(cases.read(tensor), tensor["name"])
    # A layer has the name of its node, not that of the output; the case tells which node makes which.
    layers = {name.split("!", 1)[-1]: name for name in network.getLayerNames()}
    outputs = []
    for output in case["outputs"]:
        layer = next((layers[name] for name in (output["node"], output["name"]) if name in layers), None)
        if layer is None:
            raise KeyError("no layer is called " + output["node"] + " or " + output["name"] + ": " + ", ".join(network.getLayerNames()))
        outputs.append(cases.write(output["name"], network.forward(layer)))
    return outputs


cases.run(sys.argv[1], "OpenCV " + cv2.__version__, run)
