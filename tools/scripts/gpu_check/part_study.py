"""gpu_check study: the arms of study_arms.py through `fno compare`. One cut off by a call's time goes on from
its checkpoint."""
import json
import os

from .items import Item, last_line
from .study_arms import ARMS, arguments


def arm_item(context, name, flags):
    out = os.path.join(context.folder("study"), name)
    command = [context.program("fno"), "compare", *arguments(flags, context.rehearse), "--output-dir", out,
               "--device", "cpu" if context.rehearse else context.device, "--resume", "--quiet"]
    if context.probe:
        command += ["--probe-npz", context.probe]

    def judge(code, output):
        if code != 0:
            return False, f"exit {code}: {last_line(output)}", {}
        with open(os.path.join(out, "stage_a_metrics.json")) as file:
            rows = json.load(file)
        said = ", ".join(f"{key} {rows[0][key]:.4f}" for key in ("best_val_loss", "final_val_loss", "amp_ssim")
                         if isinstance(rows[0].get(key), (int, float)))
        return True, said or "no figures", {"rows": rows}

    return Item(name, command, 470, judge=judge, resumes=True, env=context.programs.env())


def items(context):
    if not context.programs.help("compare"):
        return [Item("compare", lambda _: (False, "this program has no command compare", {}), 1)]
    arms = ARMS[:2] if context.rehearse else ARMS
    return [arm_item(context, name, flags) for name, flags in arms]
