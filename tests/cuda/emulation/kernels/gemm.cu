#include <cstddef>
#include <cstdint>

#include "cuda/emulation/portable.h"
#include "tests/cuda/emulation/kernels/planted.h"

namespace fno::emulation_test {
inline namespace CU_TARGET {

constexpr int kTile = 16;

// c (m, n) = a (m, k) * b (k, n): a block makes a 16x16 tile of c, and fetches the next tiles while it uses these.
template <Bug bug>
__global__ void gemm_tiled_kernel(const float* a, const float* b, float* c, int m, int n, int k) {
  CU_SHARED(float, a_tile, [2][kTile][kTile]);
  CU_SHARED(float, b_tile, [2][kTile][kTile]);
  const int tx = int(threadIdx.x), ty = int(threadIdx.y);
  const int row = int(blockIdx.y) * kTile + ty, column = int(blockIdx.x) * kTile + tx;

  const auto fetch = [&](int tile) {
    const int a_column = tile * kTile + tx, b_row = tile * kTile + ty;
    const bool a_there = row < m && a_column < k, b_there = b_row < k && column < n;
    cu::cp_async<4>(&a_tile[tile % 2][ty][tx], a_there ? a + std::size_t(row) * k + a_column : a, a_there ? 4 : 0);
    cu::cp_async<4>(&b_tile[tile % 2][ty][tx], b_there ? b + std::size_t(b_row) * n + column : b, b_there ? 4 : 0);
  };

  const int tiles = (k + kTile - 1) / kTile;
  fetch(0);
  cu::cp_async_commit();
  float sum = 0.0f;
  for (int tile = 0; tile < tiles; ++tile) {
    if (tile + 1 < tiles) fetch(tile + 1);
    cu::cp_async_commit();  // an empty group at the end keeps the count below the same
    cu::cp_async_wait<bug == Bug::wait_too_lax ? 2 : 1>();
    if (bug != Bug::no_barrier_after_fill) __syncthreads();
    for (int i = 0; i < kTile; ++i) sum += a_tile[tile % 2][ty][i] * b_tile[tile % 2][i][tx];
    if (bug != Bug::no_barrier_at_loop_end) __syncthreads();
  }
  if (row < m && column < n) c[std::size_t(row) * n + column] = sum;
}
CU_KERNEL(gemm_tiled_kernel<Bug::none>);
CU_KERNEL(gemm_tiled_kernel<Bug::no_barrier_after_fill>);
CU_KERNEL(gemm_tiled_kernel<Bug::no_barrier_at_loop_end>);
CU_KERNEL(gemm_tiled_kernel<Bug::wait_too_lax>);

template <Bug bug>
void gemm_tiled(const float* a, const float* b, float* c, int m, int n, int k, cu::Stream stream) {
  const dim3 grid((n + kTile - 1) / kTile, (m + kTile - 1) / kTile);
  cu::launch(gemm_tiled_kernel<bug>, grid, dim3(kTile, kTile), 0, stream, a, b, c, m, n, k);
}
template void gemm_tiled<Bug::none>(const float*, const float*, float*, int, int, int, cu::Stream);
template void gemm_tiled<Bug::no_barrier_after_fill>(const float*, const float*, float*, int, int, int, cu::Stream);
template void gemm_tiled<Bug::no_barrier_at_loop_end>(const float*, const float*, float*, int, int, int, cu::Stream);
template void gemm_tiled<Bug::wait_too_lax>(const float*, const float*, float*, int, int, int, cu::Stream);

// The lane's four results: rows g, g, g+8, g+8 and columns 2t, 2t+1, 2t, 2t+1 of the warp's tile at (row, column).
__device__ void store_tile(float* c, const float (&d)[4], int row, int column, int m, int n) {
  const int lane = int(threadIdx.x) % 32, g = lane / 4, t = lane % 4;
  for (int i = 0; i < 4; ++i) {
    const int r = row + g + i / 2 * 8, s = column + 2 * t + i % 2;
    if (r < m && s < n) c[std::size_t(r) * n + s] = d[i];
  }
}

constexpr int kMmaWarps = 2;  // side by side along n

__global__ void gemm_tf32_kernel(const float* a, const float* b, float* c, int m, int n, int k) {
  const int lane = int(threadIdx.x) % 32, g = lane / 4, t = lane % 4;
  const int row = int(blockIdx.y) * 16, column = (int(blockIdx.x) * kMmaWarps + int(threadIdx.x) / 32) * 8;
  const auto a_at = [&](int r, int i) { return cu::to_tf32(r < m && i < k ? a[std::size_t(r) * k + i] : 0.0f); };
  const auto b_at = [&](int i, int s) { return cu::to_tf32(i < k && s < n ? b[std::size_t(i) * n + s] : 0.0f); };
  float d[4] = {};
  for (int i = 0; i < k; i += 8) {
    const std::uint32_t a_fragment[4] = {a_at(row + g, i + t), a_at(row + g + 8, i + t), a_at(row + g, i + t + 4),
                                         a_at(row + g + 8, i + t + 4)};
    const std::uint32_t b_fragment[2] = {b_at(i + t, column + g), b_at(i + t + 4, column + g)};
    cu::mma_tf32(d, a_fragment, b_fragment);
  }
  store_tile(c, d, row, column, m, n);
}
CU_KERNEL(gemm_tf32_kernel);

__global__ void gemm_bf16_kernel(const cu::bfloat16* a, const cu::bfloat16* b, float* c, int m, int n, int k) {
  const int lane = int(threadIdx.x) % 32, g = lane / 4, t = lane % 4;
  const int row = int(blockIdx.y) * 16, column = (int(blockIdx.x) * kMmaWarps + int(threadIdx.x) / 32) * 8;
  const auto a_at = [&](int r, int i) { return r < m && i < k ? std::uint32_t(a[std::size_t(r) * k + i].bits) : 0u; };
  const auto b_at = [&](int i, int s) { return i < k && s < n ? std::uint32_t(b[std::size_t(i) * n + s].bits) : 0u; };
  const auto a_pair = [&](int r, int i) { return a_at(r, i) | a_at(r, i + 1) << 16; };
  const auto b_pair = [&](int i, int s) { return b_at(i, s) | b_at(i + 1, s) << 16; };
  float d[4] = {};
  for (int i = 0; i < k; i += 16) {
    const std::uint32_t a_fragment[4] = {a_pair(row + g, i + 2 * t), a_pair(row + g + 8, i + 2 * t),
                                         a_pair(row + g, i + 2 * t + 8), a_pair(row + g + 8, i + 2 * t + 8)};
    const std::uint32_t b_fragment[2] = {b_pair(i + 2 * t, column + g), b_pair(i + 2 * t + 8, column + g)};
    cu::mma_bf16(d, a_fragment, b_fragment);
  }
  store_tile(c, d, row, column, m, n);
}
CU_KERNEL(gemm_bf16_kernel);

void gemm_tf32(const float* a, const float* b, float* c, int m, int n, int k, cu::Stream stream) {
  const dim3 grid((n + 8 * kMmaWarps - 1) / (8 * kMmaWarps), (m + 15) / 16);
  cu::launch(gemm_tf32_kernel, grid, dim3(32 * kMmaWarps), 0, stream, a, b, c, m, n, k);
}

void gemm_bf16(const cu::bfloat16* a, const cu::bfloat16* b, float* c, int m, int n, int k, cu::Stream stream) {
  const dim3 grid((n + 8 * kMmaWarps - 1) / (8 * kMmaWarps), (m + 15) / 16);
  cu::launch(gemm_bf16_kernel, grid, dim3(32 * kMmaWarps), 0, stream, a, b, c, m, n, k);
}

}  // namespace CU_TARGET
}  // namespace fno::emulation_test
