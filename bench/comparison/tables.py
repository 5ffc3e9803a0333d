"""What a comparison prints and writes."""
import datetime
import json
import sys

from .figures import count_of_threads, markdown, median, ratio_text, table


def print_case(result):
    agreement = f"agreement {result['agreement']:.1e}"
    if result["float64_error"] is not None:
        agreement += f", ours against float64 {result['float64_error']:.1e}"
    if result["parameters"]:
        agreement += f", {result['parameters']:,} parameters on both sides"
    if result["losses"]:
        agreement += ", losses " + " ".join(f"{a:.6f}/{b:.6f}" for a, b in result["losses"])
    print(f"\n{result['case']}   {agreement}")
    for form, why in result["refused_forms"].items():
        print(f"  {form} is left out: {why}")
    rows = [[t["side"], count_of_threads(t["threads"]), t["waiting"] if t["threads"] > 1 else "", t["form"],
             f"{t['ms']:.3f} ms", f"[{t['ms_p10']:.3f}, {t['ms_p90']:.3f}]", f"cpu {t['cpu_ms']:.3f} ms"]
            for t in result["times"]]
    for line in table(rows, 4):
        print("  " + line)
    for label, r in [*result["ratios"].items(), ("best of all", result["best_of_all"])]:
        each = ", ".join(f"{count_of_threads(t)} {r['at_threads'][t]:.2f} (cpu {r['cpu_at_threads'][t]:.2f})"
                         for t in r["at_threads"])
        print(f"  {label} / ours: {ratio_text(r)}, best against best ({r['form']}, {r['threads']} against "
              f"{r['our_threads']} threads); {each}", flush=True)


def rows_of(results, peers, threads):
    """The last table: ours, the percent of its floor, each peer and the best of all."""
    one = len(threads) > 1
    rows = [["case", "ours ms", "threads", "% floor", *peers, "best of all",
             *([f"best, {count_of_threads(threads[0])}"] if one else [])]]
    for r in results:
        mine, best = r["ours"], r["best_of_all"]
        rows.append([r["case"], f"{mine['ms']:.3f}", str(mine["threads"]), f"{mine['percent_of_floor']:.0f}",
                     *(f"{ratio_text(r['ratios'][label])} {r['ratios'][label]['form']}, {r['ratios'][label]['threads']}"
                       for label in peers),
                     f"{ratio_text(best)} {best['label']}",
                     *([f"{best['at_threads'][threads[0]]:.2f}"] if one else [])])
    return rows


def roofs_text(ours):
    return "; ".join(f"{count_of_threads(t)}: copy {median(ours.copy[t]):.1f} GB/s, product "
                     f"{median(ours.product[t]):.0f} Gflop/s" for t in sorted(ours.copy))


def settings_text(peers):
    lines = []
    for label, group in peers.items():
        ways = {p.waiting for p in group if p.threads > 1}
        settings = group[-1].settings | ({"OMP_WAIT_POLICY": " and ".join(sorted(ways))} if len(ways) > 1 else {})
        lines.append(f"{label}: " + " ".join(f"{k}={v}" for k, v in settings.items()))
    return lines


LEGEND = "Theirs / ours, the best form and number of threads on each side; above 1 ours is faster. % floor: what the " \
         "bytes at the copy bandwidth or the flop at the product rate take, over our time"


def print_summary(results, peers, threads, ours):
    print("\n" + "\n".join(settings_text(peers)) + f"\n{LEGEND}\n")
    print("\n".join(table(rows_of(results, list(peers), threads))))
    print("\n" + roofs_text(ours))


def write_markdown(path, results, peers, threads, ours):
    about = [f"`{' '.join(sys.argv)}`", *(f"{k}: {v}" for k, v in ours.run_info.items() if k != "threads"),
             roofs_text(ours), *settings_text(peers)]
    with open(path, "w") as out:
        out.write("".join(f"- {line}\n" for line in about) + f"\n{LEGEND}.\n\n" +
                  markdown(rows_of(results, list(peers), threads)))


def write_json(path, results, peers, ours, device):
    date = datetime.datetime.now(datetime.timezone.utc).isoformat("T", "minutes")
    with open(path, "w") as out:
        json.dump({"command": " ".join(sys.argv), "date": date, "device": device, "run": ours.run_info,
                   "copy_gb_per_s": {t: median(v) for t, v in ours.copy.items()},
                   "product_gflop_per_s": {t: median(v) for t, v in ours.product.items()},
                   "peer_settings": {label: group[-1].settings for label, group in peers.items()},
                   "peers": list(peers), "cases": results}, out, indent=1)
