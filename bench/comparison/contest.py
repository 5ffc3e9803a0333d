"""One case: everything that computes it, their times, and whether they agree."""
from .figures import median, ratio_of, refuse, spread

SLOW = 1.5           # a form this many times slower than the best one in the first round is not timed again
HOPELESS = 2.5       # nor one that its first calls show to be this much slower


def disagreement(ours, theirs):
    """Largest difference of the checks, relative to the norm of the array."""
    worst = 0.0
    if [c["name"] for c in ours] != [c["name"] for c in theirs]:
        refuse(f"checks differ: {[c['name'] for c in ours]} and {[c['name'] for c in theirs]}", 1)
    for a, b in zip(ours, theirs):
        gap = max(abs(a["norm"] - b["norm"]), abs(a["projection"] - b["projection"])) / (abs(a["norm"]) + 1e-30)
        worst = gap if not gap <= worst else worst  # NaN too
    return worst


class Contest:
    """A contender is (label, threads, waiting, form); ours is ("ours", threads, "", "")."""

    def __init__(self, case, ours, peers, threads):
        self.case, self.name, self.ours, self.threads = case, case["case"], ours, threads
        self.peers = peers
        self.samples = {}    # contender: ([ms], [cpu ms])
        self.running = {}    # contender: Peer
        self.first = {}      # (label, threads): {form: ms of its first calls, passive waiting}
        self.refused = {}    # (label, form): why this library cannot run it
        self.rounds = 0
        self.ours_last, self.peak_bytes = {}, {}
        self.worst, self.parameters, self.losses, self.float64_error = 0.0, None, [], None

    # --- before timing

    def prepare(self, min_time):
        line = self.ours.time(self.name, self.threads[-1], 1, 1e-6, checked=True)
        checks = line["checks"]
        self.float64_error = line.get("float64_error")
        self.parameters = next((int(c["norm"]) for c in checks if c["name"] == "parameters"), None)
        self.losses = [[c["norm"], None] for c in checks if c["name"].startswith("loss")]
        for label, group in self.peers.items():
            for peer in sorted(group, key=lambda p: (p.waiting != "passive", p.threads)):
                self.prepare_peer(label, peer, checks, min_time)
            if not any(key[0] == label for key in self.running):
                why = next(text for (of, _), text in self.refused.items() if of == label)
                refuse(f"{label} runs no form of {self.name}: {why}", 1)

    def prepare_peer(self, label, peer, checks, min_time):
        """Eager forms first; what is hopeless is forgotten at once, and neither compiled nor tried with threads that
        spin while they wait."""
        passive = self.first.get((label, peer.threads), {})
        first = self.first.setdefault((label, peer.threads), {}) if peer.waiting == "passive" else {}
        for form in sorted(peer.forms(self.case), key=lambda f: "+" in f):
            eager = form.split("+")[0]
            if eager != form and first and first.get(eager, 0) > HOPELESS * min(first.values()):
                continue
            if peer.waiting != "passive" and passive.get(form, float("inf")) > SLOW * min(passive.values()):
                continue
            answer = peer.ask(do="prepare", case=self.case, form=form)
            if "error" in answer:
                self.refused[label, form] = answer["error"]
                continue
            gap = disagreement(checks, answer["checks"])
            self.worst = gap if not gap <= self.worst else self.worst
            for pair, c in zip(self.losses, [c for c in answer["checks"] if c["name"].startswith("loss")]):
                pair[1] = c["norm"]
            first[form] = median(peer.ask(do="time", form=form, samples=2, min_time=min(min_time, 0.02))["ms"])
            self.running[label, peer.threads, peer.waiting, form] = peer
        for form, ms in first.items():
            if ms > HOPELESS * min(first.values()):
                self.drop((label, peer.threads, peer.waiting, form))

    def drop(self, key):
        self.running.pop(key).ask(do="forget", form=key[3])

    # --- rounds

    def add(self, key, ms, cpu_ms):
        wall, cpu = self.samples.setdefault(key, ([], []))
        wall += ms
        cpu += cpu_ms

    def round(self, samples, min_time):
        for threads in self.threads:
            for label, group in self.peers.items():
                for peer in (p for p in group if p.threads == threads):
                    keys = [k for k, p in self.running.items() if p is peer]
                    if not keys:
                        continue
                    mine = self.ours.time(self.name, threads, samples, min_time)
                    self.ours_last[threads] = mine
                    self.add(("ours", threads, "", ""), mine["samples_ms"], mine["samples_cpu_ms"])
                    for key in keys:
                        theirs = peer.ask(do="time", form=key[3], samples=samples, min_time=min_time)
                        self.peak_bytes[key[3]] = theirs["peak_bytes"]
                        self.add(key, theirs["ms"], theirs["cpu_ms"])
        self.rounds += 1
        if self.rounds == 1:
            self.drop_slow()

    def drop_slow(self):
        """Of each library and number of threads what comes near the best stays, and of a form's ways to wait one."""
        for label in self.peers:
            for threads in self.threads:
                times = {k: median(self.samples[k][0]) for k in self.running if k[:2] == (label, threads)}
                for key, ms in times.items():
                    other = times.get((*key[:2], "active" if key[2] == "passive" else "passive", key[3]))
                    if ms > SLOW * min(times.values()) or (other is not None and other < ms):
                        self.drop(key)

    # --- result

    def best(self, labels, threads=None, column=0):
        """(median, contender) of the fastest, of all numbers of threads or of one."""
        return min(((median(v[column]), k) for k, v in self.samples.items()
                    if k[0] in labels and threads in (None, k[1])), default=(None, None))

    def against(self, labels):
        our_key, key = self.best(["ours"])[1], self.best(labels)[1]
        at = {t: self.best(labels, t)[0] / self.best(["ours"], t)[0] for t in self.threads if self.best(labels, t)[1]}
        cpu = {t: self.best(labels, t, 1)[0] / self.best(["ours"], t, 1)[0] for t in at}
        r = ratio_of(self.samples[key][0], self.samples[our_key][0])
        return {"best": r["ratio"], **r, "label": key[0], "form": key[3], "threads": key[1], "waiting": key[2],
                "our_threads": our_key[1], "at_threads": at, "cpu_at_threads": cpu}

    def result(self):
        ours_ms, ours_key = self.best(["ours"])
        line = self.ours_last[ours_key[1]]
        floor = self.ours.floor_ms(line["bytes"], line["flop"], ours_key[1])
        out = {"case": self.name, "shape": self.case, "agreement": self.worst, "float64_error": self.float64_error,
               "parameters": self.parameters, "losses": self.losses,
               "refused_forms": {f"{label} {form}": why for (label, form), why in self.refused.items()},
               "peer_peak_bytes": self.peak_bytes,
               "ours": {key: line.get(key) for key in
                        ("bytes", "flop", "percent_of_copy", "gflop_per_s", "peak_bytes")},
               "times": [{"side": side, "threads": threads, "waiting": waiting, "form": form, **spread(ms),
                          "cpu_ms": median(cpu_ms)}
                         for (side, threads, waiting, form), (ms, cpu_ms) in sorted(self.samples.items())],
               "ratios": {label: self.against([label]) for label in self.peers},
               "best_of_all": self.against(list(self.peers))}
        out["ours"] |= {"ms": ours_ms, "threads": ours_key[1], "floor_ms": floor,
                        "percent_of_floor": 100 * floor / ours_ms}
        return out
