"""tools/gpu_check: everything that needs a real GPU, as lists of items that can be resumed."""
