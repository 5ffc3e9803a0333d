"""What this machine can do at most, by PyTorch: copy bandwidth (bytes read plus written), and the rates of large matrix
products of random numbers in float32, tf32 and bfloat16. Median of single timings, with the 10th and 90th percentile.
"""
import argparse
import json
import time

import torch


def timed(call, device, samples):
    for _ in range(3):
        call()
    seconds = []
    for _ in range(samples):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def rate(amount, seconds, unit, scale):
    at = lambda q: amount / seconds[min(len(seconds) - 1, int(q * len(seconds)))] / scale
    return {"median": at(0.5), "p10": at(0.9), "p90": at(0.1), "unit": unit}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0], allow_abbrev=False)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--size", type=int, default=8192, help="rows and columns of the products (8192)")
    parser.add_argument("--copy-mib", type=int, default=4096, help="size of the copied array (4096 MiB)")
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--json", required=True)
    args = parser.parse_args()
    torch.manual_seed(0)
    rates = {}

    source = torch.rand(args.copy_mib << 18, device=args.device)
    target = torch.empty_like(source)
    seconds = timed(lambda: target.copy_(source), args.device, args.samples)
    rates["copy"] = rate(2 * source.numel() * 4, seconds, "GB/s", 1e9)
    del source, target

    flop = 2 * args.size**3
    kinds = [("float32", torch.float32, False), ("bfloat16", torch.bfloat16, False)]
    if args.device == "cuda":
        kinds.insert(1, ("tf32", torch.float32, True))
    for name, dtype, tf32 in kinds:
        torch.backends.cuda.matmul.allow_tf32 = tf32
        a = torch.randn(args.size, args.size, device=args.device).to(dtype)
        b = torch.randn(args.size, args.size, device=args.device).to(dtype)
        out = torch.empty_like(a)
        seconds = timed(lambda: torch.matmul(a, b, out=out), args.device, args.samples)
        rates[name] = rate(flop, seconds, "Gflop/s", 1e9)

    about = {"pytorch": torch.__version__, "device": args.device, "size": args.size, "copy_mib": args.copy_mib}
    if args.device == "cuda":
        about["gpu"] = torch.cuda.get_device_name()
    with open(args.json, "w") as out:
        json.dump(about | {"rates": rates}, out, indent=1)
    for name, value in rates.items():
        print(f"{name:10} {value['median']:12.1f} {value['unit']}  [{value['p10']:.1f}, {value['p90']:.1f}]")


if __name__ == "__main__":
    main()
