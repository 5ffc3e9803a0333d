#include "tools/training/chrome_trace.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/files/atomic_file.h"

namespace fno::training {
namespace {

using Time = StepSpan::Time;

Time end_of(const TracedEvent& event) {
  return event.start + std::chrono::nanoseconds(std::llround(1e9 * event.seconds));
}

class Timeline {
 public:
  explicit Timeline(Time origin) : origin_(origin) {
    add_name("process_name", "fno train");
    add_name("thread_name", "training steps");
  }

  void add(const std::string& name, const char* kind, Time start, Time end, Json arguments = Json::object()) {
    events_.push_back({{"name", name},
                       {"cat", kind},
                       {"ph", "X"},
                       {"ts", microseconds(start - origin_)},
                       {"dur", microseconds(end - start)},
                       {"pid", 1},
                       {"tid", 1},
                       {"args", std::move(arguments)}});
  }
  [[nodiscard]] const Json& events() const { return events_; }

 private:
  void add_name(const char* what, const char* name) {
    events_.push_back({{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", name}}}});
  }
  static double microseconds(Time::duration time) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()) / 1000;
  }
  Time origin_;
  Json events_ = Json::array();
};

// A layer's jobs that follow one another, under its name.
void add_layers(Timeline& timeline, const std::vector<TracedEvent>& jobs, const Roof& roof) {
  for (std::size_t first = 0, last = 0; first < jobs.size(); first = last) {
    while (last < jobs.size() && jobs[last].scope == jobs[first].scope) ++last;
    timeline.add(jobs[first].scope, "layer", jobs[first].start, end_of(jobs[last - 1]));
    for (std::size_t i = first; i < last; ++i) {
      const TracedEvent& job = jobs[i];
      const double floor = roof.floor_seconds(job.work);
      timeline.add(job.job, "job", job.start, end_of(job),
                   {{"bytes_read", job.work.bytes_read},
                    {"bytes_written", job.work.bytes_written},
                    {"flop", job.work.flop},
                    {"percent_of_roof", job.seconds > 0 ? 100 * floor / job.seconds : 0}});
    }
  }
}

}  // namespace

void write_chrome_trace(const std::string& path, const std::vector<StepSpan>& steps, const Roof& roof) {
  Timeline timeline(steps.empty() ? Time{} : steps.front().start);
  for (const StepSpan& step : steps) {
    timeline.add("step " + std::to_string(step.step + 1), "step", step.start, step.end);
    timeline.add("batch", "pass", step.start, step.passes.front().start);
    for (const Pass pass : kPasses) {
      const auto at = static_cast<std::size_t>(pass);
      const StepSpan::Part& part = step.passes[at];
      timeline.add(std::string(name_of(pass)), "pass", part.start,
                   at + 1 < step.passes.size() ? step.passes[at + 1].start : step.end);
      add_layers(timeline, part.jobs, roof);
    }
  }
  std::string text = "[\n";  // a line an event
  for (const Json& event : timeline.events())
    text += (text.size() > 2 ? ",\n" : "") + event.dump(-1, ' ', false, Json::error_handler_t::replace);
  write_file_atomic(path, text + "\n]\n");
}

}  // namespace fno::training
