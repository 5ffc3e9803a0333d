"""Where every tensor of this PyTorch lives."""
import os

import numpy as np
import torch

DEVICE = os.environ.get("FNO_PEER_DEVICE", "cpu")


def tensor(array):
    """A NumPy array on the device, in memory of its own."""
    return torch.from_numpy(np.array(array, order="C")).to(DEVICE)
