#include "tools/training/step_profiler.h"

#include <algorithm>
#include <utility>

namespace fno::training {
namespace {

double seconds_between(StepSpan::Time from, StepSpan::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

StepProfiler::StepProfiler(const Device& device, std::optional<int> threads, std::int64_t steps)
    : runs_on_(device),
      trace_(std::make_shared<Trace>()),
      wanted_(steps),
      profile_{.device = device.name(), .threads = threads} {
  trace_->active = false;
  trace_->keeps_events = true;
  device_ = tracing_device(trace_, device);
}

void StepProfiler::begin(std::int64_t first, std::int64_t to_come, Watcher& behind, std::function<void()> finished) {
  behind_ = &behind;
  finished_ = std::move(finished);
  const std::int64_t spare = std::max<std::int64_t>(to_come - 1, 0);
  profile_.first = first + std::clamp(to_come - wanted_, std::min<std::int64_t>(spare, 1), kWarmUp);
  profile_.roof = measure_roof(runs_on_, profile_.threads);
}

void StepProfiler::finish() {
  if (profile_.steps > 0 && finished_) std::exchange(finished_, nullptr)();
}

void StepProfiler::on_batch(std::int64_t step) {
  behind_->on_batch(step);
  span_ = {.step = step};
  pass_.reset();
  trace_->active = looks_at(step);
  span_.start = std::chrono::steady_clock::now();
}

void StepProfiler::on_pass(Pass pass) {
  take_jobs();
  pass_ = pass;
  span_.passes[static_cast<std::size_t>(pass)].start = std::chrono::steady_clock::now();
  behind_->on_pass(pass);
}

void StepProfiler::on_step(const StepRecord& step) {
  span_.end = std::chrono::steady_clock::now();
  take_jobs();
  trace_->active = false;
  if (looks_at(step.step)) {
    profile_.seconds += seconds_between(span_.start, span_.end);
    profile_.batch_seconds += seconds_between(span_.start, span_.passes.front().start);
    ++profile_.steps;
    spans_.push_back(std::move(span_));
  } else if (profile_.steps > 0 && steps_after_ < profile_.steps) {
    seconds_after_ += seconds_between(span_.start, span_.end);
    profile_.untraced_seconds = seconds_after_ / static_cast<double>(++steps_after_);
    if (steps_after_ == profile_.steps) finish();
  }
  behind_->on_step(step);
}

void StepProfiler::take_jobs() {
  const std::vector<TracedJob> jobs = std::exchange(trace_->jobs, {});
  std::vector<TracedEvent> events = std::exchange(trace_->events, {});
  if (!pass_) return;  // of a batch, whose time is counted whole
  for (const TracedJob& job : jobs) {
    auto known = std::ranges::find_if(profile_.jobs, [&](const StepProfile::Job& k) {
      return k.pass == *pass_ && k.job == job.job && k.scope == job.scope;
    });
    if (known == profile_.jobs.end()) {
      profile_.jobs.push_back({{job}, *pass_});
      continue;
    }
    known->launches += job.launches;
    known->work += job.work;
    known->seconds += job.seconds;
  }
  span_.passes[static_cast<std::size_t>(*pass_)].jobs = std::move(events);
}

}  // namespace fno::training
