#include "cuda/emulation/portable.h"
#include "framework/error.h"
#include "tests/cuda/emulation/device_array.h"
#include "tests/cuda/on_device/wrappers.h"

namespace fno::wrapper_test {
inline namespace CU_TARGET {
namespace {

using emulation_test::DeviceArray;

struct ConversionJob {
  const float* x;
  std::uint32_t *tf32, *bf16, *pairs;
  int n;
};

__global__ void conversion_kernel(ConversionJob j) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= j.n) return;
  j.tf32[i] = cu::to_tf32(j.x[i]);
  j.bf16[i] = cu::to_bf16(j.x[i]).bits;
  if (2 * i + 1 < j.n) j.pairs[i] = cu::pack_bf16(j.x[2 * i], j.x[2 * i + 1]);
}
CU_KERNEL(conversion_kernel);

template <bool kTf32>
__global__ void product_kernel(const std::uint32_t* a, const std::uint32_t* b, float* d) {
  const int lane = int(threadIdx.x);
  float sum[4];
  std::uint32_t a_part[4], b_part[2];
  for (int i = 0; i < 4; ++i) sum[i] = d[4 * lane + i], a_part[i] = a[4 * lane + i];
  for (int i = 0; i < 2; ++i) b_part[i] = b[2 * lane + i];
  if constexpr (kTf32)
    cu::mma_tf32(sum, a_part, b_part);
  else
    cu::mma_bf16(sum, a_part, b_part);
  for (int i = 0; i < 4; ++i) d[4 * lane + i] = sum[i];
}
CU_KERNEL(product_kernel<true>);
CU_KERNEL(product_kernel<false>);

// The first group is read while the second may be on its way, by the neighbour of the thread that copied.
template <int kWidth>
__global__ void copy_kernel(const std::uint8_t* from, std::uint8_t* to, int valid) {
  CU_SHARED(std::uint8_t, shared, [2][kCopyThreads * kWidth]);
  const int thread = int(threadIdx.x), neighbour = (thread + 1) % kCopyThreads;
  for (int group = 0; group < 2; ++group) {
    const std::uint8_t* source = from + (group * kCopyThreads + thread) * kWidth;
    if (valid == kWidth)
      cu::cp_async<kWidth>(&shared[group][thread * kWidth], source);
    else
      cu::cp_async<kWidth>(&shared[group][thread * kWidth], source, unsigned(valid));
    cu::cp_async_commit();
  }
  cu::cp_async_wait<1>();
  __syncthreads();
  for (int i = 0; i < kWidth; ++i) to[neighbour * kWidth + i] = shared[0][neighbour * kWidth + i];
  cu::cp_async_wait<0>();
  __syncthreads();
  for (int i = 0; i < kWidth; ++i) to[(kCopyThreads + neighbour) * kWidth + i] = shared[1][neighbour * kWidth + i];
}
CU_KERNEL(copy_kernel<4>);
CU_KERNEL(copy_kernel<8>);
CU_KERNEL(copy_kernel<16>);

template <bool kTf32>
std::vector<float> product(const Fragments& fragments) {
  DeviceArray<std::uint32_t> a(fragments.a), b(fragments.b);
  DeviceArray<float> d(fragments.d);
  cu::launch(product_kernel<kTf32>, dim3(1), dim3(32), 0, cu::Stream{}, a.data(), b.data(), d.data());
  cu::check(cu::device_synchronize());
  return d.to_host();
}

}  // namespace

Conversions convert(const std::vector<float>& x) {
  const int n = int(x.size());
  DeviceArray<float> values(x);
  DeviceArray<std::uint32_t> tf32(x.size()), bf16(x.size()), pairs(x.size() / 2);
  cu::launch(conversion_kernel, dim3((n + 127) / 128), dim3(128), 0, cu::Stream{},
             ConversionJob{values.data(), tf32.data(), bf16.data(), pairs.data(), n});
  cu::check(cu::device_synchronize());
  return {tf32.to_host(), bf16.to_host(), pairs.to_host()};
}

std::vector<float> product_tf32(const Fragments& fragments) { return product<true>(fragments); }
std::vector<float> product_bf16(const Fragments& fragments) { return product<false>(fragments); }

std::vector<std::uint8_t> copied(const std::vector<std::uint8_t>& bytes, int width, int valid) {
  require<ErrorKind::device>(bytes.size() == std::size_t(2 * kCopyThreads * width), "copied: ", bytes.size(),
                             " bytes for copies of ", width);
  DeviceArray<std::uint8_t> from(bytes), to(bytes.size());
  const auto kernel = width == 4 ? copy_kernel<4> : width == 8 ? copy_kernel<8> : copy_kernel<16>;
  cu::launch(kernel, dim3(1), dim3(kCopyThreads), 0, cu::Stream{}, from.data(), to.data(), valid);
  cu::check(cu::device_synchronize());
  return to.to_host();
}

}  // namespace CU_TARGET
}  // namespace fno::wrapper_test
