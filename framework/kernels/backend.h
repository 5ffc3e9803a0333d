#pragma once

#include <concepts>
#include <memory>
#include <string>

#include "framework/kernels/complex.h"
#include "framework/kernels/conv.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/fourier.h"
#include "framework/kernels/fourier_layer.h"
#include "framework/kernels/loss.h"
#include "framework/kernels/memory.h"
#include "framework/kernels/norm.h"
#include "framework/kernels/optimizer.h"
#include "framework/kernels/pointwise_mlp.h"
#include "framework/kernels/resample.h"
#include "framework/kernels/spectral.h"

namespace fno {

/// Every job that a backend runs, in float and double. A list to be expanded, so that a backend, which declares one
/// function for each, names them in one place; a class template over the types did the same and made every
/// file that sees this one several times slower to compile.
// clang-format off
#define FNO_REAL_JOBS(X) \
  FNO_ELEMENTWISE_JOBS(X) FNO_CONV_JOBS(X) FNO_NORM_JOBS(X) FNO_SPECTRAL_JOBS(X) FNO_FOURIER_JOBS(X) \
  FNO_FOURIER_LAYER_JOBS(X) FNO_POINTWISE_MLP_JOBS(X) FNO_RESAMPLE_JOBS(X) FNO_COMPLEX_JOBS(X) FNO_LOSS_JOBS(X) FNO_OPTIMIZER_JOBS(X)
// clang-format on

/// Every job says what it costs: see Work.
template <class Job>
concept CountedJob = requires(const Job& job) {
  { job.work() } -> std::same_as<Work>;
};
#define FNO_CHECK(Job) static_assert(CountedJob<Job<float>>, #Job " has no Work work() const");
FNO_REAL_JOBS(FNO_CHECK)
#undef FNO_CHECK

/// The fork in the road: memory, and one `run` for each job. The type of the job chooses the kernel, so a call reads
/// `device.run(Conv<float>{…})`, and a backend that lacks a kernel does not compile.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string name() const = 0;  ///< "cpu", "cuda:0", "cuda-emulated"
  [[nodiscard]] virtual Memory& memory() = 0;
#define FNO_DECLARE(Job)                   \
  virtual void run(const Job<float>&) = 0; \
  virtual void run(const Job<double>&) = 0;
  FNO_REAL_JOBS(FNO_DECLARE)
#undef FNO_DECLARE
#define FNO_DECLARE(Job) virtual void run(const Job&) = 0;
  FNO_PLAIN_JOBS(FNO_DECLARE)
#undef FNO_DECLARE
};

/// A device as a value: a handle to its backend. Copy it, compare it, hand it down; there is no current device.
class Device {
 public:
  Device() = default;
  explicit Device(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}
  template <class Job>
  void run(const Job& job) const {
    backend_->run(job);
  }
  [[nodiscard]] Memory& memory() const { return backend_->memory(); }
  [[nodiscard]] std::string name() const { return backend_->name(); }
  [[nodiscard]] bool valid() const { return backend_ != nullptr; }
  friend bool operator==(const Device& a, const Device& b) { return a.backend_ == b.backend_; }

 private:
  std::shared_ptr<Backend> backend_;
};

}  // namespace fno
