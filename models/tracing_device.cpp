#include "models/tracing_device.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <set>
#include <vector>

namespace fno {
namespace {

// Addresses, counted up in steps of a cache line and never used again.
class TracedMemory final : public Memory {
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

double conv_flop(const ConvGeometry& g) {
  return 2.0 * g.batch * g.in * g.out * g.taps() * static_cast<double>(g.out_points());
}

double magnitudes(const std::vector<int>& frequency) {
  std::set<int> distinct;
  for (const int k : frequency) distinct.insert(std::abs(k));
  return static_cast<double>(distinct.size());
}

double truncated_flop(const ModeSet& modes, int batch, int channels) {
  double columns = static_cast<double>(modes.frequency[2].size());
  double flop = 4 * static_cast<double>(modes.points()) * columns;
  if (modes.size[1] > 1) flop += 8.0 * modes.size[0] * modes.size[1] * columns * magnitudes(modes.frequency[1]);
  columns *= static_cast<double>(modes.frequency[1].size());
  if (modes.size[0] > 1) flop += 8.0 * modes.size[0] * columns * magnitudes(modes.frequency[0]);
  return static_cast<double>(batch) * channels * flop;
}

template <class Job>
double mixing_flop(const Job& j) {
  return 8.0 * j.modes->count() * j.batch * j.in * j.out;
}

template <class Job>
double full_flop(const Job& j, double factor) {
  const double n = static_cast<double>(j.size[0]) * j.size[1] * j.size[2];
  return factor * static_cast<double>(j.planes) * n * std::log2(std::max(2.0, n));
}

// What a job computes; jobs without products have no overload of their own.
template <class Job>
double flop_of(const Job&) {
  return 0;
}
template <class T>
double flop_of(const Conv<T>& j) {
  return conv_flop(j.g);
}
template <class T>
double flop_of(const ConvInputGrad<T>& j) {
  return conv_flop(j.g);
}
template <class T>
double flop_of(const ConvWeightGrad<T>& j) {
  return conv_flop(j.g);
}
template <class T>
double flop_of(const Analyse<T>& j) {
  return truncated_flop(*j.modes, j.batch, j.channels);
}
template <class T>
double flop_of(const Synthesise<T>& j) {
  return truncated_flop(*j.modes, j.batch, j.channels);
}
template <class T>
double flop_of(const MixChannels<T>& j) {
  return mixing_flop(j);
}
template <class T>
double flop_of(const MixInputGrad<T>& j) {
  return mixing_flop(j);
}
template <class T>
double flop_of(const MixWeightGrad<T>& j) {
  return mixing_flop(j);
}
template <class T>
double flop_of(const Rfft<T>& j) {
  return full_flop(j, 2.5);
}
template <class T>
double flop_of(const Irfft<T>& j) {
  return full_flop(j, 2.5);
}
template <class T>
double flop_of(const Fft<T>& j) {
  return full_flop(j, 5);
}

class TracingBackend final : public Backend {
 public:
  explicit TracingBackend(std::shared_ptr<Trace> trace) : trace_(std::move(trace)) {}
  [[nodiscard]] std::string name() const override { return "plan"; }
  [[nodiscard]] Memory& memory() override { return memory_; }
#define FNO_DEFINE(Job)                                                      \
  void run(const Job<float>& job) override { trace_->flop += flop_of(job); } \
  void run(const Job<double>& job) override { trace_->flop += flop_of(job); }
  FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job& job) override { trace_->flop += flop_of(job); }
  FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE

 private:
  std::shared_ptr<Trace> trace_;
  TracedMemory memory_;
};

}  // namespace

Device tracing_device(std::shared_ptr<Trace> trace) {
  return Device(std::make_shared<TracingBackend>(std::move(trace)));
}

}  // namespace fno
