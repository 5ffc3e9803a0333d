#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/grid.h"
#include "cuda/detail/pointwise.cuh"
#include "cuda/detail/reduce.cuh"
#include "framework/kernels/loss.h"

// Losses of amplitudes: sums in double and in an order that the size alone decides.
namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kLossThreads = 256;
constexpr std::int64_t kPartTerms = 8192;  // of a part; must not depend on the device

struct Sums {
  double error, target;
};

// A block sums a part of both. Reads p and t once, coalesced: 8 bytes an element in float.
template <AmplitudeError error, class T>
__global__ void amplitude_sums_kernel(AmplitudeLoss<T> j, Sums* part, std::int64_t parts) {
  CU_SHARED(double, partials, [kMaxWarps]);
  for_each_item(parts, [&](std::int64_t item) {
    const std::int64_t first = item * kPartTerms, last = min(first + kPartTerms, j.n);
    Sums sums{0, 0};
    for (std::int64_t i = first + threadIdx.x; i < last; i += kLossThreads) {
      sums.error += Math::amplitude_error<error>(j.p[i], j.t[i], j.counts, j.floor);
      sums.target += static_cast<double>(j.t[i]);
    }
    sums.error = block_sum(sums.error, partials);
    sums.target = block_sum(sums.target, partials);
    if (threadIdx.x == 0) part[item] = sums;
  });
}
CU_KERNEL(amplitude_sums_kernel<AmplitudeError::absolute, float>);
CU_KERNEL(amplitude_sums_kernel<AmplitudeError::absolute, double>);
CU_KERNEL(amplitude_sums_kernel<AmplitudeError::poisson, float>);
CU_KERNEL(amplitude_sums_kernel<AmplitudeError::poisson, double>);

// One block adds the parts and divides. 16 bytes a part.
template <class T>
__global__ void amplitude_loss_kernel(AmplitudeLoss<T> j, const Sums* part, std::int64_t parts) {
  CU_SHARED(double, partials, [kMaxWarps]);
  Sums sums{0, 0};
  for (std::int64_t i = threadIdx.x; i < parts; i += kLossThreads) {
    sums.error += part[i].error;
    sums.target += part[i].target;
  }
  sums.error = block_sum(sums.error, partials);
  sums.target = block_sum(sums.target, partials);
  if (threadIdx.x != 0) return;
  const double size = sums.target / static_cast<double>(j.n) + kAmplitudeSizeFloor;
  *j.size = size;
  *j.loss = static_cast<T>(j.weight * sums.error / size);
}
CU_KERNEL(amplitude_loss_kernel<float>);
CU_KERNEL(amplitude_loss_kernel<double>);

// Reads p and t once, writes dp once: 12 bytes an element in float.
template <AmplitudeError error, class T>
__global__ void amplitude_backward_kernel(AmplitudeLossBackward<T> j) {
  const double factor = static_cast<double>(*j.dy) * j.weight / *j.size;
  for_each_index(j.n, [&](std::int64_t i) {
    j.dp[i] = Math::amplitude_error_derivative<error>(j.p[i], j.t[i], factor, j.counts, j.floor);
  });
}
CU_KERNEL(amplitude_backward_kernel<AmplitudeError::absolute, float>);
CU_KERNEL(amplitude_backward_kernel<AmplitudeError::absolute, double>);
CU_KERNEL(amplitude_backward_kernel<AmplitudeError::poisson, float>);
CU_KERNEL(amplitude_backward_kernel<AmplitudeError::poisson, double>);

}  // namespace

template <class T>
void execute(Context& context, const AmplitudeLoss<T>& j) {
  const std::int64_t parts = ceil_div(j.n, kPartTerms);
  const Scratch<Sums> part(context, static_cast<std::size_t>(parts));
  const dim3 threads(kLossThreads);
  auto* const sums = j.error == AmplitudeError::absolute ? amplitude_sums_kernel<AmplitudeError::absolute, T>
                                                         : amplitude_sums_kernel<AmplitudeError::poisson, T>;
  if (parts > 0)
    cu::launch(sums, dim3(blocks_filling(context, parts)), threads, 0, context.stream(), j, part.data(), parts);
  cu::launch(amplitude_loss_kernel<T>, dim3(1), threads, 0, context.stream(), j, part.data(), parts);
}

template <class T>
void execute(Context& context, const AmplitudeLossBackward<T>& j) {
  launch_each(context, j.n,
              j.error == AmplitudeError::absolute ? amplitude_backward_kernel<AmplitudeError::absolute, T>
                                                  : amplitude_backward_kernel<AmplitudeError::poisson, T>,
              j);
}

FNO_INSTANTIATE(AmplitudeLoss);
FNO_INSTANTIATE(AmplitudeLossBackward);

}  // namespace fno::cuda::CU_TARGET
