// Instance norm. A plane is the P points of one sample and channel. Planes that fit in shared memory take one block and
// are read once; larger ones are cut into chunks, in one kernel for the sums and one for the result. Sums are in
// double: two conversions an element stay below the time its bytes take.
#include <cmath>

#include "cuda/context.h"
#include "cuda/detail/grid.h"
#include "cuda/detail/pointwise.cuh"
#include "cuda/detail/reduce.cuh"
#include "cuda/emulation/portable.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr std::int64_t kSharedBytes = 96 * 1024;  // of a plane: two blocks on a multiprocessor of 228 KB
constexpr int kChunk = 8192;                      // points a block takes of a larger plane
constexpr int kChunkThreads = 512;
constexpr int kMostThreads = 1024;

struct Moments {  // of a chunk: its mean and Σ (a - mean)²; or S1 and S2
  double first, second;
};

// gate·(γ·(a - mean)·rstd + β) as (a - mean)·scale + shift.
template <class T>
struct Affine {
  T mean, scale, shift;
  __device__ Affine(const InstanceNorm<T>& j, int c, double in_mean, double rstd)
      : mean(static_cast<T>(in_mean)),
        scale((j.gate ? j.gate[c] : T(1)) * (j.gamma ? j.gamma[c] : T(1)) * static_cast<T>(rstd)),
        shift((j.gate ? j.gate[c] : T(1)) * (j.beta ? j.beta[c] : T(0))) {}
  __device__ T operator()(T a) const { return (a - mean) * scale + shift; }
};

template <class T>
__device__ double rstd_of(double m2, std::int64_t points, T eps) {
  return 1.0 / sqrt(m2 / static_cast<double>(points) + static_cast<double>(eps));
}

// Mean and Σ (a - mean)² of count points at x, which stay in `kept` as a = GELU(x) or x. A thread later reads from
// `kept` only what it wrote itself, so no barrier is needed for it.
template <class T>
__device__ Moments moments_of(const T* x, int count, bool with_gelu, T* kept, double* partials) {
  double sum = 0;
  for (int p = int(threadIdx.x); p < count; p += int(blockDim.x)) {
    const T a = with_gelu ? Math::gelu(x[p]) : x[p];
    kept[p] = a;
    sum += static_cast<double>(a);
  }
  const double mean = block_sum(sum, partials) / count;
  double m2 = 0;
  for (int p = int(threadIdx.x); p < count; p += int(blockDim.x)) {
    const double d = static_cast<double>(kept[p]) - mean;
    m2 += d * d;
  }
  return {mean, block_sum(m2, partials)};
}

// One block a plane: x (and the residual) read once, y written once: 8 or 12 bytes a point in float.
template <class T>
__global__ void __launch_bounds__(kMostThreads, 1) instance_norm_kernel(InstanceNorm<T> j) {
  CU_DYN_SHARED(T, kept);
  CU_SHARED(double, partials, [kMaxWarps]);
  const std::int64_t plane = blockIdx.x;
  const int n = int(j.points);
  const Moments m = moments_of(j.x + plane * n, n, j.gelu, kept, partials);
  const double rstd = rstd_of(m.second, n, j.eps);
  if (threadIdx.x == 0) {
    j.mean[plane] = static_cast<T>(m.first);
    j.rstd[plane] = static_cast<T>(rstd);
  }
  const Affine<T> affine(j, int(plane % j.channels), m.first, rstd);
  T* y = j.y + plane * n;
  const T* residual = j.residual ? j.residual + plane * n : nullptr;
  for (int p = int(threadIdx.x); p < n; p += int(blockDim.x)) {
    const T value = affine(kept[p]);
    y[p] = residual ? residual[p] + value : value;
  }
}
CU_KERNEL(instance_norm_kernel<float>);
CU_KERNEL(instance_norm_kernel<double>);

// Which chunk of which plane this block has.
struct Chunk {
  std::int64_t plane, first;  // first point within the plane
  int index, count;
  __device__ Chunk(std::int64_t points, int chunks)
      : plane(blockIdx.x / unsigned(chunks)), index(int(blockIdx.x % unsigned(chunks))) {
    first = std::int64_t{index} * kChunk;
    count = int(points - first < kChunk ? points - first : kChunk);
  }
};

// Moments of a chunk: 4 bytes a point in float.
template <class T>
__global__ void __launch_bounds__(kChunkThreads, 2)
    norm_moments_kernel(InstanceNorm<T> j, int chunks, Moments* moments) {
  CU_DYN_SHARED(T, kept);
  CU_SHARED(double, partials, [kMaxWarps]);
  const Chunk chunk(j.points, chunks);
  const Moments m = moments_of(j.x + chunk.plane * j.points + chunk.first, chunk.count, j.gelu, kept, partials);
  if (threadIdx.x == 0) moments[blockIdx.x] = m;
}
CU_KERNEL(norm_moments_kernel<float>);
CU_KERNEL(norm_moments_kernel<double>);

// Puts the chunks' moments of its plane together, then writes its chunk: 8 or 12 bytes a point in float.
template <class T>
__global__ void __launch_bounds__(kChunkThreads, 2)
    norm_apply_kernel(InstanceNorm<T> j, int chunks, const Moments* moments) {
  CU_SHARED(double, partials, [kMaxWarps]);
  const Chunk chunk(j.points, chunks);
  const Moments* of_plane = moments + chunk.plane * chunks;
  const auto size_of = [&](int k) {
    return static_cast<double>(k + 1 < chunks ? kChunk : j.points - std::int64_t{k} * kChunk);
  };
  double sum = 0;
  for (int k = int(threadIdx.x); k < chunks; k += int(blockDim.x)) sum += size_of(k) * of_plane[k].first;
  const double mean = block_sum(sum, partials) / static_cast<double>(j.points);
  double m2 = 0;
  for (int k = int(threadIdx.x); k < chunks; k += int(blockDim.x)) {
    const double d = of_plane[k].first - mean;
    m2 += of_plane[k].second + size_of(k) * d * d;
  }
  const double rstd = rstd_of(block_sum(m2, partials), j.points, j.eps);
  if (chunk.index == 0 && threadIdx.x == 0) {
    j.mean[chunk.plane] = static_cast<T>(mean);
    j.rstd[chunk.plane] = static_cast<T>(rstd);
  }
  const Affine<T> affine(j, int(chunk.plane % j.channels), mean, rstd);
  const std::int64_t start = chunk.plane * j.points + chunk.first;
  for (int p = int(threadIdx.x); p < chunk.count; p += int(blockDim.x)) {
    const T x = j.x[start + p], value = affine(j.gelu ? Math::gelu(x) : x);
    j.y[start + p] = j.residual ? j.residual[start + p] + value : value;
  }
}
CU_KERNEL(norm_apply_kernel<float>);
CU_KERNEL(norm_apply_kernel<double>);

// With S1 = Σ dy and S2 = Σ dy·x̂ of a plane:  dx = (gate·γ·rstd)·(dy - S1/P - x̂·S2/P)·GELU'(x),
// dβ = Σ_b gate·S1, dγ = Σ_b gate·S2, dgate = Σ_b (γ·S2 + β·S1).

// S1 and S2 of count points.
template <class T>
__device__ Moments sums_of(const T* x, const T* dy, int count, T mean, T rstd, bool with_gelu, T* kept,
                           double* partials) {
  double s1 = 0, s2 = 0;
  for (int p = int(threadIdx.x); p < count; p += int(blockDim.x)) {
    const T value = x[p], g = dy[p], a = with_gelu ? Math::gelu(value) : value;
    if (kept) kept[p] = value;
    s1 += static_cast<double>(g);
    s2 += static_cast<double>(g * ((a - mean) * rstd));
  }
  const double total = block_sum(s1, partials);
  return {total, block_sum(s2, partials)};
}

template <class T>
struct InputGrad {
  T mean, scale, m1, m2;
  __device__ InputGrad(const InstanceNormBackward<T>& j, std::int64_t plane, Moments sums) : mean(j.mean[plane]) {
    const int c = int(plane % j.channels);
    const T rstd = j.rstd[plane];
    scale = (j.gate ? j.gate[c] : T(1)) * (j.gamma ? j.gamma[c] : T(1)) * rstd;
    m1 = static_cast<T>(sums.first / static_cast<double>(j.points));
    m2 = static_cast<T>(sums.second / static_cast<double>(j.points)) * rstd;
  }
  __device__ T operator()(T x, T dy, bool with_gelu) const {
    if (!with_gelu) return scale * (dy - m1 - (x - mean) * m2);
    const Normal<T> n = Math::normal(x);
    return scale * (dy - m1 - (x * n.cdf - mean) * m2) * (n.cdf + x * n.pdf);
  }
};

// One block a plane: x and dy read once (dy a second time from the second-level cache), dx written: 12 bytes a point.
template <class T>
__global__ void __launch_bounds__(kMostThreads, 1) norm_backward_kernel(InstanceNormBackward<T> j, Moments* sums) {
  CU_DYN_SHARED(T, kept);
  CU_SHARED(double, partials, [kMaxWarps]);
  const std::int64_t plane = blockIdx.x;
  const int n = int(j.points);
  const T* dy = j.dy + plane * n;
  const Moments s = sums_of(j.x + plane * n, dy, n, j.mean[plane], j.rstd[plane], j.gelu, kept, partials);
  if (threadIdx.x == 0) sums[plane] = s;
  const InputGrad<T> grad(j, plane, s);
  T* dx = j.dx + plane * n;
  for (int p = int(threadIdx.x); p < n; p += int(blockDim.x)) dx[p] = grad(kept[p], dy[p], j.gelu);
}
CU_KERNEL(norm_backward_kernel<float>);
CU_KERNEL(norm_backward_kernel<double>);

// S1 and S2 of a chunk: 8 bytes a point in float.
template <class T>
__global__ void __launch_bounds__(kChunkThreads, 2)
    norm_sums_kernel(InstanceNormBackward<T> j, int chunks, Moments* of_chunks) {
  CU_SHARED(double, partials, [kMaxWarps]);
  const Chunk chunk(j.points, chunks);
  const std::int64_t start = chunk.plane * j.points + chunk.first;
  const Moments s = sums_of<T>(j.x + start, j.dy + start, chunk.count, j.mean[chunk.plane], j.rstd[chunk.plane], j.gelu,
                               nullptr, partials);
  if (threadIdx.x == 0) of_chunks[blockIdx.x] = s;
}
CU_KERNEL(norm_sums_kernel<float>);
CU_KERNEL(norm_sums_kernel<double>);

// Puts the chunks' sums of its plane together, then writes its chunk of dx: 12 bytes a point in float.
template <class T>
__global__ void __launch_bounds__(kChunkThreads, 2)
    norm_input_grad_kernel(InstanceNormBackward<T> j, int chunks, const Moments* of_chunks, Moments* sums) {
  CU_SHARED(double, partials, [kMaxWarps]);
  const Chunk chunk(j.points, chunks);
  const Moments* of_plane = of_chunks + chunk.plane * chunks;
  double s1 = 0, s2 = 0;
  for (int k = int(threadIdx.x); k < chunks; k += int(blockDim.x)) {
    s1 += of_plane[k].first;
    s2 += of_plane[k].second;
  }
  const double total = block_sum(s1, partials);
  const Moments s{total, block_sum(s2, partials)};
  if (chunk.index == 0 && threadIdx.x == 0) sums[chunk.plane] = s;
  const InputGrad<T> grad(j, chunk.plane, s);
  const std::int64_t start = chunk.plane * j.points + chunk.first;
  for (int p = int(threadIdx.x); p < chunk.count; p += int(blockDim.x))
    j.dx[start + p] = grad(j.x[start + p], j.dy[start + p], j.gelu);
}
CU_KERNEL(norm_input_grad_kernel<float>);
CU_KERNEL(norm_input_grad_kernel<double>);

constexpr int kChannelsPerBlock = 4;

// One warp a channel sums over the batch: 16 bytes a plane.
template <class T>
__global__ void __launch_bounds__(kChannelsPerBlock* kWarp)
    norm_parameter_grad_kernel(InstanceNormBackward<T> j, const Moments* sums) {
  const int c = int(blockIdx.x) * kChannelsPerBlock + int(threadIdx.x) / kWarp, lane = int(threadIdx.x) % kWarp;
  if (c >= j.channels) return;
  double s1 = 0, s2 = 0;
  for (int b = lane; b < j.batch; b += kWarp) {
    const Moments s = sums[std::int64_t{b} * j.channels + c];
    s1 += s.first;
    s2 += s.second;
  }
  s1 = warp_sum(s1);
  s2 = warp_sum(s2);
  if (lane != 0) return;
  const double gate = j.gate ? static_cast<double>(j.gate[c]) : 1.0;
  const double gamma = j.gamma ? static_cast<double>(j.gamma[c]) : 1.0;
  const double beta = j.beta ? static_cast<double>(j.beta[c]) : 0.0;
  if (j.dbeta) j.dbeta[c] = static_cast<T>(gate * s1);
  if (j.dgamma) j.dgamma[c] = static_cast<T>(gate * s2);
  if (j.dgate) j.dgate[c] = static_cast<T>(gamma * s2 + beta * s1);
}
CU_KERNEL(norm_parameter_grad_kernel<float>);
CU_KERNEL(norm_parameter_grad_kernel<double>);

// About eight points a thread, between 64 and 1024 threads.
unsigned threads_for(std::int64_t points) {
  unsigned threads = 64;
  while (threads < kMostThreads && threads * 16 < points) threads *= 2;
  return threads;
}

template <class T>
bool fits_a_block(std::int64_t points) {
  return points * std::int64_t{sizeof(T)} <= kSharedBytes;
}

// Chunks of a plane; a plane beyond 2^31 of them does not exist in any memory.
int chunks_of(std::int64_t points) { return int(grid_extent("instance norm", ceil_div<std::int64_t>(points, kChunk))); }

}  // namespace

template <class T>
void execute(Context& context, const InstanceNorm<T>& j) {
  const std::int64_t planes = std::int64_t{j.batch} * j.channels;
  if (fits_a_block<T>(j.points)) {
    cu::launch(instance_norm_kernel<T>, dim3(grid_extent("instance norm", planes)), dim3(threads_for(j.points)),
               std::size_t(j.points) * sizeof(T), context.stream(), j);
    return;
  }
  const int chunks = chunks_of(j.points);
  const dim3 grid(grid_extent("instance norm", planes * chunks));
  Scratch<Moments> moments(context, std::size_t(planes * chunks));
  cu::launch(norm_moments_kernel<T>, grid, dim3(kChunkThreads), kChunk * sizeof(T), context.stream(), j, chunks,
             moments.data());
  cu::launch(norm_apply_kernel<T>, grid, dim3(kChunkThreads), 0, context.stream(), j, chunks, moments.data());
}

template <class T>
void execute(Context& context, const InstanceNormBackward<T>& j) {
  const std::int64_t planes = std::int64_t{j.batch} * j.channels;
  Scratch<Moments> sums(context, std::size_t(planes));
  if (fits_a_block<T>(j.points)) {
    cu::launch(norm_backward_kernel<T>, dim3(grid_extent("instance norm", planes)), dim3(threads_for(j.points)),
               std::size_t(j.points) * sizeof(T), context.stream(), j, sums.data());
  } else {
    const int chunks = chunks_of(j.points);
    const dim3 grid(grid_extent("instance norm", planes * chunks));
    Scratch<Moments> of_chunks(context, std::size_t(planes * chunks));
    cu::launch(norm_sums_kernel<T>, grid, dim3(kChunkThreads), 0, context.stream(), j, chunks, of_chunks.data());
    cu::launch(norm_input_grad_kernel<T>, grid, dim3(kChunkThreads), 0, context.stream(), j, chunks, of_chunks.data(),
               sums.data());
  }
  if (j.dgamma || j.dbeta || j.dgate)
    cu::launch(norm_parameter_grad_kernel<T>, dim3(unsigned(ceil_div(j.channels, kChannelsPerBlock))),
               dim3(kChannelsPerBlock * kWarp), 0, context.stream(), j, sums.data());
}

FNO_INSTANTIATE(InstanceNorm);
FNO_INSTANTIATE(InstanceNormBackward);

}  // namespace fno::cuda::CU_TARGET
