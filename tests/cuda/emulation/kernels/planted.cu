#include <cstddef>

#include "cuda/emulation/portable.h"
#include "tests/cuda/emulation/kernels/planted.h"

namespace fno::emulation_test {
inline namespace CU_TARGET {

constexpr unsigned kWholeWarpMask = 0xffffffffu;

__device__ float warp_sum(float value, unsigned mask) {
  for (int delta = 16; delta > 0; delta /= 2) value += __shfl_down_sync(mask, value, delta);
  return value;
}

template <Bug bug>
__global__ void block_sums_kernel(const float* x, float* out, int n) {
  CU_SHARED(float, partials, [kSumThreads / 32]);
  const int thread = int(threadIdx.x), i = int(blockIdx.x) * kSumThreads + thread;
  const int end = bug == Bug::off_by_one ? n + 1 : n;
  if (bug == Bug::wrong_lane_mask && i >= end) return;
  const float sum = warp_sum(i < end ? x[i] : 0.0f, kWholeWarpMask);
  if (thread % 32 == 0) partials[thread / 32] = sum;
  if (bug != Bug::no_barrier_before_partials) __syncthreads();
  if (thread < 32) {
    const float total = warp_sum(thread < kSumThreads / 32 ? partials[thread] : 0.0f, kWholeWarpMask);
    if (thread == 0) out[blockIdx.x] = total;
  }
}
CU_KERNEL(block_sums_kernel<Bug::none>);
CU_KERNEL(block_sums_kernel<Bug::no_barrier_before_partials>);
CU_KERNEL(block_sums_kernel<Bug::off_by_one>);
CU_KERNEL(block_sums_kernel<Bug::wrong_lane_mask>);

template <Bug bug>
void block_sums(const float* x, float* out, int n, cu::Stream stream) {
  cu::launch(block_sums_kernel<bug>, dim3((n + kSumThreads - 1) / kSumThreads), dim3(kSumThreads), 0, stream, x, out,
             n);
}
template void block_sums<Bug::none>(const float*, float*, int, cu::Stream);
template void block_sums<Bug::no_barrier_before_partials>(const float*, float*, int, cu::Stream);
template void block_sums<Bug::off_by_one>(const float*, float*, int, cu::Stream);
template void block_sums<Bug::wrong_lane_mask>(const float*, float*, int, cu::Stream);

constexpr int kNormThreads = 128;

// The sum over all threads of the block, in a fixed order, known to each of them.
__device__ float block_sum(float value) {
  CU_SHARED(float, partials, [kNormThreads / 32]);
  value = warp_sum(value, kWholeWarpMask);
  if (threadIdx.x % 32 == 0) partials[threadIdx.x / 32] = value;
  __syncthreads();
  float total = 0.0f;
  for (int warp = 0; warp < kNormThreads / 32; ++warp) total += partials[warp];
  __syncthreads();
  return total;
}

__global__ void instance_norm_kernel(const float* x, float* y, int n) {
  const float* row = x + std::size_t(blockIdx.x) * n;
  float sum = 0.0f, squares = 0.0f;
  for (int i = int(threadIdx.x); i < n; i += kNormThreads) sum += row[i];
  const float mean = block_sum(sum) / float(n);
  for (int i = int(threadIdx.x); i < n; i += kNormThreads) squares += (row[i] - mean) * (row[i] - mean);
  const float scale = rsqrtf(block_sum(squares) / float(n) + 1e-5f);
  for (int i = int(threadIdx.x); i < n; i += kNormThreads) y[std::size_t(blockIdx.x) * n + i] = (row[i] - mean) * scale;
}
CU_KERNEL(instance_norm_kernel);

void instance_norm(const float* x, float* y, int rows, int n, cu::Stream stream) {
  cu::launch(instance_norm_kernel, dim3(rows), dim3(kNormThreads), 0, stream, x, y, n);
}

__global__ void count_positive_kernel(const float* x, int* total, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  const int positive = __syncthreads_count(i < n && x[i] > 0.0f);
  if (threadIdx.x == 0) atomicAdd(total, positive);
}
CU_KERNEL(count_positive_kernel);

void count_positive(const float* x, int* total, int n, cu::Stream stream) {
  cu::check(cu::fill_bytes_async(total, 0, sizeof(int), stream));
  cu::launch(count_positive_kernel, dim3((n + 63) / 64), dim3(64), 0, stream, x, total, n);
}

template <Bug bug>
__global__ void reverse_runs_kernel(const float* x, float* y) {
  CU_DYN_SHARED(float, run);
  const unsigned lane = threadIdx.x % 32, first = threadIdx.x - lane, i = blockIdx.x * blockDim.x;
  run[threadIdx.x] = x[i + threadIdx.x];
  if (bug != Bug::no_warp_sync) __syncwarp();
  y[i + threadIdx.x] = run[first + 31 - lane];
}
CU_KERNEL(reverse_runs_kernel<Bug::none>);
CU_KERNEL(reverse_runs_kernel<Bug::no_warp_sync>);

template <Bug bug>
void reverse_runs(const float* x, float* y, int n, cu::Stream stream) {
  const int threads = n % 64 == 0 ? 64 : 32;
  cu::launch(reverse_runs_kernel<bug>, dim3(n / threads), dim3(threads), threads * sizeof(float), stream, x, y);
}
template void reverse_runs<Bug::none>(const float*, float*, int, cu::Stream);
template void reverse_runs<Bug::no_warp_sync>(const float*, float*, int, cu::Stream);

template <Bug bug>
__global__ void smooth_kernel(const float* x, float* y, int rounds) {
  CU_SHARED(float, values, [kSmoothed]);
  float value = x[threadIdx.x];
  for (int round = 0; round < rounds; ++round) {
    values[threadIdx.x] = value;
    __syncthreads();
    const float next = warp_sum(values[(threadIdx.x + 32) % kSmoothed], kWholeWarpMask);
    value = value / 2 + __shfl_sync(kWholeWarpMask, next, 0) / 64;
    if (bug != Bug::no_barrier_at_loop_end) __syncthreads();
  }
  y[threadIdx.x] = value;
}
CU_KERNEL(smooth_kernel<Bug::none>);
CU_KERNEL(smooth_kernel<Bug::no_barrier_at_loop_end>);

template <Bug bug>
void smooth(const float* x, float* y, int rounds, cu::Stream stream) {
  cu::launch(smooth_kernel<bug>, dim3(1), dim3(kSmoothed), 0, stream, x, y, rounds);
}
template void smooth<Bug::none>(const float*, float*, int, cu::Stream);
template void smooth<Bug::no_barrier_at_loop_end>(const float*, float*, int, cu::Stream);

__global__ void stencil_in_place_kernel(float* x, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  const float right = i + 1 < n ? x[i + 1] : 0.0f;
  __syncthreads();
  if (i < n) x[i] += right;
}
CU_KERNEL(stencil_in_place_kernel);

void stencil_in_place(float* x, int n, cu::Stream stream) {
  cu::launch(stencil_in_place_kernel, dim3((n + 31) / 32), dim3(32), 0, stream, x, n);
}

}  // namespace CU_TARGET
}  // namespace fno::emulation_test
