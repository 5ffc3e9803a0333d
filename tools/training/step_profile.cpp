#include "tools/training/step_profile.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fno::training {
namespace {

constexpr double kShown = 0.01;  // of the step: what takes less shares a line

// So much work in so many seconds, all in one step.
struct Cost {
  double launches = 0, seconds = 0;
  double floor = 0;  // seconds at the roof; of several jobs the sum, for they run one after the other
  Work work{};

  Cost& operator+=(const Cost& other) {
    launches += other.launches;
    seconds += other.seconds;
    floor += other.floor;
    work += other.work;
    return *this;
  }
  [[nodiscard]] double per_second(double amount) const { return seconds > 0 ? amount / seconds : 0; }
};

Cost a_step(const StepProfile& profile, const TracedJob& job) {
  const auto steps = static_cast<double>(std::max<std::int64_t>(1, profile.steps));
  const Work work = 1 / steps * job.work;
  return {static_cast<double>(job.launches) / steps, job.seconds / steps, profile.roof.floor_seconds(work), work};
}

double seconds_a_step(const StepProfile& profile, double seconds) {
  return seconds / static_cast<double>(std::max<std::int64_t>(1, profile.steps));
}

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

struct Line {
  std::string label;
  Cost cost;
};

Line& line_of(std::vector<Line>& lines, const std::string& label) {
  const auto found = std::ranges::find(lines, label, &Line::label);
  return found != lines.end() ? *found : lines.emplace_back(Line{label, {}});
}

class Table {
 public:
  Table(const StepProfile& profile, std::vector<Line> lines, const std::string& title) : profile_(profile) {
    std::ranges::stable_sort(lines, std::ranges::greater(), [](const Line& l) { return l.cost.seconds; });
    const double step = seconds_a_step(profile, profile.seconds);
    const auto small = std::ranges::find_if(lines, [&](const Line& l) { return l.cost.seconds < kShown * step; });
    Line others{fmt::format("{} others", lines.end() - small), {}};
    for (auto line = small; line != lines.end(); ++line) others.cost += line->cost;
    if (lines.end() - small > 1) {
      lines.erase(small, lines.end());
      lines.push_back(others);
    }
    Cost all{.seconds = step};
    for (const Line& line : lines) {
      width_ = std::max(width_, line.label.size());
      Cost jobs = line.cost;
      jobs.seconds = 0;  // those of the step are known
      all += jobs;
    }
    text_ = fmt::format("{:{}} {:>8} {:>9} {:>6} {:>9} {:>7} {:>8} {:>6}\n", title, width_, "launches", "ms", "% step",
                        "MB", "GB/s", "Gflop/s", "% roof");
    for (const Line& line : lines) add(line);
    add_outside("batch", seconds_a_step(profile, profile.batch_seconds));
    add_outside("host, outside of jobs", seconds_a_step(profile, profile.host_seconds()));
    add({"step", all});
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add(const Line& line) {
    const Cost& c = line.cost;
    text_ +=
        fmt::format("{:{}} {:>8.5g} {:>9.3f} {:>6.1f} {:>9.2f} {:>7.1f} {:>8.1f} {:>6.1f}\n", line.label, width_,
                    c.launches, 1e3 * c.seconds, share(c.seconds), 1e-6 * c.work.bytes(),
                    1e-9 * c.per_second(c.work.bytes()), 1e-9 * c.per_second(c.work.flop), percent(c.floor, c.seconds));
  }
  void add_outside(const char* label, double seconds) {
    text_ += fmt::format("{:{}} {:>8} {:>9.3f} {:>6.1f}\n", label, width_, "", 1e3 * seconds, share(seconds));
  }
  [[nodiscard]] double share(double seconds) const {
    return percent(seconds, seconds_a_step(profile_, profile_.seconds));
  }

  const StepProfile& profile_;
  std::size_t width_ = 21;
  std::string text_;
};

}  // namespace

double StepProfile::host_seconds() const {
  double rest = seconds - batch_seconds;
  for (const Job& job : jobs) rest -= job.seconds;
  return rest;
}

Json profile_json(const StepProfile& p) {
  const double step = seconds_a_step(p, p.seconds);
  const auto part = [&](double seconds) {
    return Json{{"seconds", seconds}, {"percent_of_step", percent(seconds, step)}};
  };
  Json json = {{"device", p.device},
               {"threads", p.threads ? Json(*p.threads) : Json(nullptr)},
               {"roof", {{"copy_gb_per_s", p.roof.copy_gb_per_s}, {"product_gflop_per_s", p.roof.product_gflop_per_s}}},
               {"first_step", p.first},
               {"steps", p.steps},
               {"step_seconds", step},
               {"untraced_step_seconds", p.untraced_seconds ? Json(*p.untraced_seconds) : Json(nullptr)},
               {"batch", part(seconds_a_step(p, p.batch_seconds))},
               {"host", part(seconds_a_step(p, p.host_seconds()))},
               {"jobs", Json::array()}};
  for (const StepProfile::Job& job : p.jobs) {
    const Cost c = a_step(p, job);
    Json entry = {{"layer", job.scope}, {"job", job.job}, {"pass", name_of(job.pass)}, {"launches", c.launches}};
    entry.update(part(c.seconds));
    entry["bytes_read"] = c.work.bytes_read;
    entry["bytes_written"] = c.work.bytes_written;
    entry["flop"] = c.work.flop;
    entry["gb_per_s"] = 1e-9 * c.per_second(c.work.bytes());
    entry["gflop_per_s"] = 1e-9 * c.per_second(c.work.flop);
    entry["percent_of_roof"] = percent(c.floor, c.seconds);
    json["jobs"].push_back(std::move(entry));
  }
  return json;
}

std::string profile_table(const StepProfile& p) {
  std::vector<Line> kinds, layers;
  for (const StepProfile::Job& job : p.jobs) {
    const Cost cost = a_step(p, job);
    line_of(kinds, job.job).cost += cost;
    line_of(layers, fmt::format("{} {} {}", job.scope, name_of(job.pass), job.job)).cost += cost;
  }
  std::string text =
      p.steps == 1 ? fmt::format("step {}", p.first + 1) : fmt::format("steps {}-{}", p.first + 1, p.first + p.steps);
  text += " on " + p.device;
  if (p.threads) text += fmt::format(", {} thread{}", *p.threads, *p.threads == 1 ? "" : "s");
  text += fmt::format(": {:.3f} ms a step", 1e3 * seconds_a_step(p, p.seconds));
  if (p.untraced_seconds) text += fmt::format(" ({:.3f} where jobs are not timed)", 1e3 * *p.untraced_seconds);
  text += fmt::format("\nroof: copy {:.1f} GB/s, products {:.0f} Gflop/s, measured before the first step\n\n",
                      p.roof.copy_gb_per_s, p.roof.product_gflop_per_s);
  text += Table(p, kinds, "job").text() + "\n" + Table(p, layers, "layer, pass, job").text();
  text +=
      "\nMB and flop: the least that a job must move and compute; % roof: the time that these take at the roof, of "
      "that\n"
      "which passed; a job whose arrays lie in the caches may pass 100\n";
  return text;
}

}  // namespace fno::training
