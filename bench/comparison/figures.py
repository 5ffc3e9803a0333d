"""Medians, ratios, and how to give up."""
import sys


def refuse(text, code=2):
    print(f"compare: {text}", file=sys.stderr)
    sys.exit(code)


def quantile(values, q):
    values = sorted(values)
    at = q * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])


def median(values):
    return quantile(values, 0.5)


def spread(ms):
    return {"ms": median(ms), "ms_p10": quantile(ms, 0.1), "ms_p90": quantile(ms, 0.9), "samples": len(ms)}


def ratio_of(theirs, ours):
    """theirs / ours of the medians; low and high set the 10th percentile of one side against the 90th of the other."""
    return {"ratio": median(theirs) / median(ours), "low": quantile(theirs, 0.1) / quantile(ours, 0.9),
            "high": quantile(theirs, 0.9) / quantile(ours, 0.1)}


def ratio_text(r):
    return f"{r['ratio']:.2f} [{r['low']:.2f}, {r['high']:.2f}]"


def count_of_threads(n):
    return f"{n} thread{'s' if n > 1 else ''}"


def table(rows, left=1):
    """Lines of text, the first `left` columns flush left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip()
            for row in rows]


def markdown(rows, left=1):
    rule = ["---" if i < left else "---:" for i in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], rule, *rows[1:]]) + "\n"
