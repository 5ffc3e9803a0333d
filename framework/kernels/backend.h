#pragma once

#include <memory>
#include <string>

#include "framework/kernels/complex.h"
#include "framework/kernels/conv.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/fourier.h"
#include "framework/kernels/loss.h"
#include "framework/kernels/memory.h"
#include "framework/kernels/norm.h"
#include "framework/kernels/optimizer.h"
#include "framework/kernels/resample.h"
#include "framework/kernels/spectral.h"

namespace fno {

/// Every job that a backend runs, in float and double. A list to be expanded, so that a backend, which declares one
/// function for each, names them in one place; a class template over the types did the same and made every
/// file that sees this one several times slower to compile.
// clang-format off
#define FNO_REAL_JOBS(X) \
  X(Unary) X(UnaryBackward) X(Binary) X(Reduce) X(StridedCopy) X(Scale) \
  X(Conv) X(ConvInputGrad) X(ConvWeightGrad) X(ChannelSum) \
  X(InstanceNorm) X(InstanceNormBackward) \
  X(Analyse) X(Synthesise) X(MixChannels) X(MixInputGrad) X(MixWeightGrad) \
  X(Rfft) X(Irfft) X(Fft) \
  X(MaxPool) X(MaxPoolBackward) X(Upsample) X(UpsampleBackward) X(Pad) X(PadBackward) \
  X(ComplexProduct) X(Modulus) X(ModulusBackward) \
  X(AmplitudeLoss) X(AmplitudeLossBackward) \
  X(AdamStep) X(SgdStep) X(GradNorm) X(ClampGrad) X(AdaptiveClip)
// clang-format on
/// Those without a real type of their own.
#define FNO_PLAIN_JOBS(X) X(NormFactor)

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
