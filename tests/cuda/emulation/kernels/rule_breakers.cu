#include <cstdint>

#include "cuda/emulation/portable.h"
#include "tests/cuda/emulation/kernels/rule_breakers.h"

namespace fno::emulation_test {
inline namespace CU_TARGET {

constexpr unsigned kAll = 0xffffffffu;

__global__ void own_mask_kernel(float* out) {
  out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1.0f, 0);  // breaks: own_mask
}
CU_KERNEL(own_mask_kernel);

__global__ void absent_lane_kernel(float* out) {
  out[threadIdx.x] = __shfl_xor_sync(kAll, 1.0f, 1);  // breaks: absent_lane
}
CU_KERNEL(absent_lane_kernel);

__global__ void exited_lane_kernel(float* out) {
  if (threadIdx.x >= 16) return;
  out[threadIdx.x] = float(__ballot_sync(kAll, 1));  // breaks: exited_lane
}
CU_KERNEL(exited_lane_kernel);

__global__ void lane_in_barrier_kernel(float* out) {
  if (threadIdx.x < 16) __syncthreads();
  out[threadIdx.x] = __shfl_down_sync(kAll, 1.0f, 1);  // breaks: lane_in_barrier
}
CU_KERNEL(lane_in_barrier_kernel);

__global__ void two_arms_kernel(float* out) {
  if (threadIdx.x % 2 == 0)
    out[threadIdx.x] = __shfl_sync(kAll, 1.0f, 0);
  else
    out[threadIdx.x] = __shfl_sync(kAll, 2.0f, 0);  // breaks: two_arms
}
CU_KERNEL(two_arms_kernel);

__global__ void foreign_source_kernel(float* out) {
  if (threadIdx.x < 8) out[threadIdx.x] = __shfl_down_sync(0x000000ffu, 1.0f, 4);  // breaks: foreign_source
}
CU_KERNEL(foreign_source_kernel);

__global__ void barrier_after_exit_kernel(float* out) {
  if (threadIdx.x == 0) return;
  __syncthreads();  // breaks: barrier_after_exit
  out[threadIdx.x] = 1.0f;
}
CU_KERNEL(barrier_after_exit_kernel);

__global__ void exit_before_barrier_kernel(float* out) {
  if (threadIdx.x == 63) return;
  __syncthreads();  // breaks: exit_before_barrier
  out[threadIdx.x] = 1.0f;
}
CU_KERNEL(exit_before_barrier_kernel);

__global__ void two_barriers_kernel(float* out) {
  if (threadIdx.x < 32)
    __syncthreads();
  else
    out[0] = float(__syncthreads_or(1));  // breaks: two_barriers
}
CU_KERNEL(two_barriers_kernel);

__global__ void deadlock_kernel(float* out) {
  if (threadIdx.x == 0) __syncwarp(0x3);  // breaks: deadlock
  if (threadIdx.x == 1) __syncwarp(0x6);
  if (threadIdx.x == 2) __syncwarp(0x5);
  out[threadIdx.x] = 1.0f;
}
CU_KERNEL(deadlock_kernel);

__global__ void copy_destination_kernel(float* memory) {
  CU_SHARED(float, tile, [8]);
  cu::cp_async<16>(&tile[1], memory);  // breaks: copy_destination
}
CU_KERNEL(copy_destination_kernel);

__global__ void copy_source_kernel(float* memory) {
  CU_SHARED(float, tile, [8]);
  cu::cp_async<8>(&tile[2], memory + 1);  // breaks: copy_source
}
CU_KERNEL(copy_source_kernel);

__global__ void copy_to_global_kernel(float* memory) {
  cu::cp_async<4>(memory, memory + 1);  // breaks: copy_to_global
}
CU_KERNEL(copy_to_global_kernel);

__global__ void copy_from_shared_kernel(float* memory) {
  CU_SHARED(float, tile, [8]);
  tile[0] = *memory;
  cu::cp_async<4>(&tile[1], &tile[0]);  // breaks: copy_from_shared
}
CU_KERNEL(copy_from_shared_kernel);

__global__ void copy_length_kernel(float* memory) {
  CU_SHARED(float, tile, [8]);
  cu::cp_async<4>(tile, memory, 8);  // breaks: copy_length
}
CU_KERNEL(copy_length_kernel);

__global__ void shuffle_width_kernel(float* out) {
  out[threadIdx.x] = __shfl_sync(kAll, 1.0f, 0, 12);  // breaks: shuffle_width
}
CU_KERNEL(shuffle_width_kernel);

__global__ void too_much_shared_kernel(float* out) {
  CU_SHARED(float, half, [10000]);  // breaks: too_much_shared
  CU_DYN_SHARED(float, rest);
  rest[threadIdx.x] = half[threadIdx.x] = 1.0f;
  out[threadIdx.x] = rest[threadIdx.x] + half[threadIdx.x];
}
CU_KERNEL(too_much_shared_kernel);

__global__ void mma_needs_warp_kernel(float* out) {
  float d[4] = {};
  const std::uint32_t a[4] = {}, b[2] = {};
  cu::mma_tf32(d, a, b);  // breaks: mma_needs_warp
  out[threadIdx.x] = d[0];
}
CU_KERNEL(mma_needs_warp_kernel);

__global__ void read_unwritten_shared_kernel(unsigned* out) {
  CU_SHARED(unsigned, word);
  CU_DYN_SHARED(unsigned, other);
  out[blockIdx.x] = word & other[0];
  word = other[0] = 0;
}
CU_KERNEL(read_unwritten_shared_kernel);

__global__ void read_one_kernel(const float* memory, float* out) { *out = *memory; }
CU_KERNEL(read_one_kernel);

void break_rule(Rule rule, float* memory) {
  const auto run = [memory](void (*kernel)(float*), int threads, std::size_t dynamic_bytes = 0) {
    cu::launch(kernel, dim3(1), dim3(threads), dynamic_bytes, cu::Stream{}, memory);
  };
  switch (rule) {
    case Rule::own_mask: return run(own_mask_kernel, 32);
    case Rule::absent_lane: return run(absent_lane_kernel, 16);
    case Rule::exited_lane: return run(exited_lane_kernel, 32);
    case Rule::lane_in_barrier: return run(lane_in_barrier_kernel, 32);
    case Rule::two_arms: return run(two_arms_kernel, 32);
    case Rule::foreign_source: return run(foreign_source_kernel, 32);
    case Rule::barrier_after_exit: return run(barrier_after_exit_kernel, 64);
    case Rule::exit_before_barrier: return run(exit_before_barrier_kernel, 64);
    case Rule::two_barriers: return run(two_barriers_kernel, 64);
    case Rule::deadlock: return run(deadlock_kernel, 32);
    case Rule::copy_destination: return run(copy_destination_kernel, 1);
    case Rule::copy_source: return run(copy_source_kernel, 1);
    case Rule::copy_to_global: return run(copy_to_global_kernel, 1);
    case Rule::copy_from_shared: return run(copy_from_shared_kernel, 1);
    case Rule::copy_length: return run(copy_length_kernel, 1);
    case Rule::shuffle_width: return run(shuffle_width_kernel, 32);
    case Rule::too_much_shared: return run(too_much_shared_kernel, 32, 140000);
    case Rule::mma_needs_warp: return run(mma_needs_warp_kernel, 16);
  }
}

void read_unwritten_shared(unsigned* out, int blocks) {
  cu::launch(read_unwritten_shared_kernel, dim3(blocks), dim3(1), sizeof(unsigned), cu::Stream{}, out);
}

void read_one(const float* memory, float* out) {
  cu::launch(read_one_kernel, dim3(1), dim3(1), 0, cu::Stream{}, memory, out);
}

}  // namespace CU_TARGET
}  // namespace fno::emulation_test
