"""What the items of a part need to know."""
import dataclasses
import os


@dataclasses.dataclass
class Context:
    root: str         # of the source tree
    output: str       # folder of all results
    programs: object  # Programs
    rehearse: bool    # the same lists on the emulated device, at tiny sizes
    python: str       # with PyTorch, or None
    probe: str        # measured probe for the study, or None

    @property
    def device(self):
        return "cuda-emulated" if self.rehearse else "cuda"

    @property
    def test_label(self):
        """How the tests name the device."""
        return "cuda_emulated" if self.rehearse else "cuda_0"

    def folder(self, part):
        path = os.path.join(self.output, part)
        os.makedirs(path, exist_ok=True)
        return path

    def program(self, name):
        return self.programs.path(name)
