//! Nothing but the tests of the folder beside: the model in a browser, on the CPU and on WebGPU.
