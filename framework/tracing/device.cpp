#include "framework/tracing/device.h"

#include <algorithm>
#include <cstring>

#include "framework/scope.h"

namespace fno {
namespace {

// Addresses, counted up in steps of a cache line and never used again.
class NoMemory final : public Memory {
 public:
  void* allocate(std::size_t bytes) override {
    void* const block = reinterpret_cast<void*>(next_);
    next_ += rounded(bytes);
    use_.in_use += rounded(bytes);
    use_.peak = std::max(use_.peak, use_.in_use);
    return block;
  }
  void release(void*, std::size_t bytes) noexcept override { use_.in_use -= rounded(bytes); }
  void copy(void* to, const void*, std::size_t bytes, CopyKind kind) override {
    if (kind == CopyKind::device_to_host) std::memset(to, 0, bytes);
  }
  void zero(void*, std::size_t) override {}
  void synchronize() override {}
  [[nodiscard]] MemoryUse use() const override { return use_; }

 private:
  static std::size_t rounded(std::size_t bytes) { return std::max<std::size_t>(64, (bytes + 63) / 64 * 64); }
  std::uintptr_t next_ = std::uintptr_t{1} << 32;
  MemoryUse use_;
};

class TracingBackend final : public Backend, private Memory {
 public:
  TracingBackend(std::shared_ptr<Trace> trace, Device runs_on)
      : trace_(std::move(trace)), runs_on_(std::move(runs_on)) {}
  [[nodiscard]] std::string name() const override { return runs_on_.valid() ? runs_on_.name() + ", traced" : "plan"; }
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
    trace_->add(name, job.work());
    if (runs_on_.valid()) runs_on_.run(job);
  }
  [[nodiscard]] Memory& held() { return runs_on_.valid() ? runs_on_.memory() : no_memory_; }
  void* allocate(std::size_t bytes) override { return held().allocate(bytes); }
  void release(void* block, std::size_t bytes) noexcept override { held().release(block, bytes); }
  void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) override {
    const auto size = static_cast<double>(bytes);
    if (kind == CopyKind::device_to_device) trace_->add("Copy", {.bytes_read = size, .bytes_written = size});
    held().copy(to, from, bytes, kind);
  }
  void zero(void* block, std::size_t bytes) override {
    trace_->add("Zero", {.bytes_written = static_cast<double>(bytes)});
    held().zero(block, bytes);
  }
  void synchronize() override { held().synchronize(); }
  [[nodiscard]] MemoryUse use() const override { return runs_on_.valid() ? runs_on_.memory().use() : no_memory_.use(); }

  std::shared_ptr<Trace> trace_;
  Device runs_on_;
  NoMemory no_memory_;
};

}  // namespace

void Trace::add(std::string_view job, const Work& work) {
  auto at = std::ranges::find_if(
      jobs, [&](const TracedJob& known) { return known.job == job && known.scope == Scope::current(); });
  if (at == jobs.end()) at = jobs.insert(at, {.scope = Scope::current(), .job = std::string(job)});
  ++at->launches;
  at->work += work;
}

Device tracing_device(std::shared_ptr<Trace> trace, Device runs_on) {
  return Device(std::make_shared<TracingBackend>(std::move(trace), std::move(runs_on)));
}

}  // namespace fno
