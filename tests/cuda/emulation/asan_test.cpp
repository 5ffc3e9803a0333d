#include <gtest/gtest.h>

#include "cuda/emulation/portable.h"
#include "tests/cuda/emulation/kernel_cases.h"

// The asan build: stray accesses end the program with the kernel's name in the report.
namespace fno::emulation_test {
namespace {

TEST(AddressSanitizer, SeesARaggedBlockReadPastItsArray) {
  const Case one = block_sums_case<Bug::off_by_one>(300);
  EXPECT_DEATH(one.run(), "heap-buffer-overflow(.|\n)*block_sums_kernel");
}

__global__ void dynamic_too_short_kernel(float* out) {
  CU_DYN_SHARED(float, buffer);
  buffer[threadIdx.x] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = buffer[threadIdx.x];
}
CU_KERNEL(dynamic_too_short_kernel);

TEST(AddressSanitizer, SeesDynamicSharedMemoryLaunchedTooShort) {
  DeviceArray<float> out(32);
  cu::launch(dynamic_too_short_kernel, dim3(1), dim3(32), 32 * sizeof(float), cu::Stream{}, out.data());
  EXPECT_DEATH(cu::launch(dynamic_too_short_kernel, dim3(1), dim3(32), 31 * sizeof(float), cu::Stream{}, out.data()),
               "heap-buffer-overflow(.|\n)*dynamic_too_short_kernel");
}

__global__ void shared_index_kernel(float* out, int index) {
  CU_SHARED(float, tile, [8]);
  tile[index] = 1.0f;
  *out = tile[index];
}
CU_KERNEL(shared_index_kernel);

TEST(UndefinedBehaviorSanitizer, SeesAnIndexPastASharedArray) {
  DeviceArray<float> out(1);
  cu::launch(shared_index_kernel, dim3(1), dim3(1), 0, cu::Stream{}, out.data(), 7);
  EXPECT_DEATH(cu::launch(shared_index_kernel, dim3(1), dim3(1), 0, cu::Stream{}, out.data(), 8),
               "asan_test.cpp:.*index 8 out of bounds for type 'float \\[8\\]'");
}

__global__ void late_copy_kernel(const float* in, float* out, int count) {
  CU_SHARED(float, tile, [32]);
  cu::cp_async<16>(&tile[threadIdx.x * 4], in + threadIdx.x * 4, 16);
  cu::cp_async_commit();
  cu::cp_async_wait<0>();
  for (int i = 0; i < 4 && int(threadIdx.x) * 4 + i < count; ++i) out[threadIdx.x * 4 + i] = tile[threadIdx.x * 4 + i];
}
CU_KERNEL(late_copy_kernel);

TEST(AddressSanitizer, SeesAnAsyncCopyThatReadsPastItsSource) {
  DeviceArray<float> in(std::vector<float>(30, 1.0f)), out(30);
  EXPECT_DEATH(cu::launch(late_copy_kernel, dim3(1), dim3(8), 0, cu::Stream{}, in.data(), out.data(), 30),
               "heap-buffer-overflow(.|\n)*late_copy_kernel");
}

}  // namespace
}  // namespace fno::emulation_test
