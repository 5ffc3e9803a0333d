#pragma once

#include "cuda/emulation/bfloat16.h"
#include "cuda/emulation/runtime.h"

/// Kernels of the sort the backend has, and the same kernels with one bug planted. All pointers are device memory.
namespace fno::emulation_test {
inline namespace CU_TARGET {

enum class Bug {
  none,
  no_barrier_before_partials,  // the partial sums of the warps are read too early
  no_barrier_after_fill,       // a tile is used before all of it is there
  no_barrier_at_loop_end,      // a buffer is filled again while slow warps still read it
  wait_too_lax,                // one cp.async group too many may be under way
  no_warp_sync,                // lanes read what other lanes write
  wrong_lane_mask,             // the mask names lanes that have returned
  off_by_one,                  // the last block goes one past the end
};

/// out[block] = sum of the block's 256 elements of x (n).   Bugs: no_barrier_before_partials, off_by_one,
/// wrong_lane_mask
template <Bug bug>
void block_sums(const float* x, float* out, int n, cu::Stream stream);
inline constexpr int kSumThreads = 256;

/// y[r] = (x[r] - mean) / sqrt(variance + 1e-5) for each row r of (rows, n).
void instance_norm(const float* x, float* y, int rows, int n, cu::Stream stream);

/// c (m, n) = a (m, k) * b (k, n), row-major. Ragged in all three.
/// Bugs: no_barrier_after_fill, no_barrier_at_loop_end, wait_too_lax
template <Bug bug>
void gemm_tiled(const float* a, const float* b, float* c, int m, int n, int k, cu::Stream stream);

/// The same on tensor cores, one warp a 16x8 tile.
void gemm_tf32(const float* a, const float* b, float* c, int m, int n, int k, cu::Stream stream);
void gemm_bf16(const cu::bfloat16* a, const cu::bfloat16* b, float* c, int m, int n, int k, cu::Stream stream);

/// Reverses each run of 32 elements of x through shared memory, n a multiple of 32.   Bug: no_warp_sync
template <Bug bug>
void reverse_runs(const float* x, float* y, int n, cu::Stream stream);

/// x (128) is smoothed `rounds` times: x[i] = x[i] / 2 + sum of the 32 elements that follow i's own run / 64, runs in a
/// ring. Every round ends in five shuffles, so that warps keep abreast unless the order drives one ahead.
/// Bug: no_barrier_at_loop_end
template <Bug bug>
void smooth(const float* x, float* y, int rounds, cu::Stream stream);
inline constexpr int kSmoothed = 128;

/// x[i] += x[i + 1] in place, a block of 32 reading its neighbour's cell: a race between blocks, whatever the order.
void stencil_in_place(float* x, int n, cu::Stream stream);

/// *total = number of elements of x (n) above 0; an integer atomic, so in any order the same.
void count_positive(const float* x, int* total, int n, cu::Stream stream);

}  // namespace CU_TARGET
}  // namespace fno::emulation_test
