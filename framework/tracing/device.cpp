#include "framework/tracing/device.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>

#include "framework/scope.h"

namespace fno {
namespace {

std::size_t whole_lines(std::size_t bytes) { return std::max<std::size_t>(64, (bytes + 63) / 64 * 64); }

// Addresses, counted up and never used again, and the books of a pool.
class NoMemory final : public Memory {
 public:
  explicit NoMemory(std::size_t (*block_bytes)(std::size_t)) : block_bytes_(block_bytes) {}
  void* allocate(std::size_t bytes) override {
    const std::size_t size = block_bytes_(bytes);
    void* const block = reinterpret_cast<void*>(next_);
    next_ += size;
    if (std::size_t& idle = idle_[size]; idle > 0) {
      --idle;
    } else {
      use_.reserved += size;
      ++use_.system_allocations;
    }
    use_.in_use += size;
    use_.peak = std::max(use_.peak, use_.in_use);
    return block;
  }
  void release(void*, std::size_t bytes) noexcept override {
    const std::size_t size = block_bytes_(bytes);
    use_.in_use -= size;
    ++idle_.find(size)->second;  // it was given out, so there is an entry
  }
  void copy(void* to, const void*, std::size_t bytes, CopyKind kind) override {
    if (kind == CopyKind::device_to_host) std::memset(to, 0, bytes);
  }
  void zero(void*, std::size_t) override {}
  void synchronize() override {}
  [[nodiscard]] MemoryUse use() const override { return use_; }

 private:
  std::size_t (*block_bytes_)(std::size_t);
  std::map<std::size_t, std::size_t> idle_;  // blocks of that size
  std::uintptr_t next_ = std::uintptr_t{1} << 32;
  MemoryUse use_;
};

class TracingBackend final : public Backend, private Memory {
 public:
  TracingBackend(std::shared_ptr<Trace> trace, Device runs_on, std::size_t (*block_bytes)(std::size_t))
      : trace_(std::move(trace)), runs_on_(std::move(runs_on)), no_memory_(block_bytes) {}
  [[nodiscard]] std::string name() const override { return runs_on_.valid() ? runs_on_.name() : "plan"; }
  [[nodiscard]] Memory& memory() override { return *this; }
#define FNO_DEFINE(Job)                                          \
  void run(const Job<float>& job) override { count(#Job, job); } \
  void run(const Job<double>& job) override { count(#Job, job); }
  FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job& job) override { count(#Job, job); }
  FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE

 private:
  template <class Job>
  void count(const char* name, const Job& job) {
    traced(name, job.work(), [&] {
      if (runs_on_.valid()) runs_on_.run(job);
    });
  }
  template <class Run>
  void traced(const char* name, const Work& work, Run run) {
    using Clock = std::chrono::steady_clock;
    if (!trace_->active) return run();
    TracedEvent event{.scope = Scope::current(), .job = name, .work = work};
    held().synchronize();
    event.start = Clock::now();
    run();
    if (runs_on_.valid()) {
      held().synchronize();
      event.seconds = std::chrono::duration<double>(Clock::now() - event.start).count();
    }
    trace_->add(std::move(event));
  }
  [[nodiscard]] Memory& held() { return runs_on_.valid() ? runs_on_.memory() : no_memory_; }
  void* allocate(std::size_t bytes) override {
    const std::size_t before = held().use().in_use;
    void* const block = held().allocate(bytes);
    if (!trace_->active) return block;
    const std::size_t size = held().use().in_use - before;
    auto owner = std::ranges::find(trace_->held, Scope::current(), &HeldMemory::scope);
    if (owner == trace_->held.end()) owner = trace_->held.insert(owner, {Scope::current(), 0});
    owner->bytes += size;
    owner_[block] = {static_cast<std::size_t>(owner - trace_->held.begin()), size};
    return block;
  }
  void release(void* block, std::size_t bytes) noexcept override {
    held().release(block, bytes);
    const auto owner = owner_.find(block);
    if (owner == owner_.end()) return;  // given out while nobody looked
    trace_->held[owner->second.place].bytes -= owner->second.bytes;
    owner_.erase(owner);
  }
  void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) override {
    if (kind != CopyKind::device_to_device) return held().copy(to, from, bytes, kind);
    const auto size = static_cast<double>(bytes);
    traced("Copy", {.bytes_read = size, .bytes_written = size}, [&] { held().copy(to, from, bytes, kind); });
  }
  void zero(void* block, std::size_t bytes) override {
    traced("Zero", {.bytes_written = static_cast<double>(bytes)}, [&] { held().zero(block, bytes); });
  }
  void synchronize() override { held().synchronize(); }
  [[nodiscard]] MemoryUse use() const override { return runs_on_.valid() ? runs_on_.memory().use() : no_memory_.use(); }

  std::shared_ptr<Trace> trace_;
  Device runs_on_;
  NoMemory no_memory_;
  struct Owner {
    std::size_t place, bytes;  // in trace_->held
  };
  std::unordered_map<void*, Owner> owner_;  // of a block
};

}  // namespace

void Trace::add(TracedEvent event) {
  const auto same = [&](const TracedJob& known) { return known.job == event.job && known.scope == event.scope; };
  auto at = next_ < jobs.size() && same(jobs[next_]) ? jobs.begin() + static_cast<std::ptrdiff_t>(next_)
                                                     : std::ranges::find_if(jobs, same);
  if (at == jobs.end()) at = jobs.insert(at, {.scope = event.scope, .job = event.job});
  next_ = static_cast<std::size_t>(at - jobs.begin()) + 1;
  ++at->launches;
  at->work += event.work;
  at->seconds += event.seconds;
  if (keeps_events) events.push_back(std::move(event));
}

Device tracing_device(std::shared_ptr<Trace> trace, Device runs_on) {
  return Device(std::make_shared<TracingBackend>(std::move(trace), std::move(runs_on), whole_lines));
}

Device pool_counting_device(std::shared_ptr<Trace> trace, std::size_t (*block_bytes)(std::size_t)) {
  return Device(std::make_shared<TracingBackend>(std::move(trace), Device(), block_bytes));
}

}  // namespace fno
