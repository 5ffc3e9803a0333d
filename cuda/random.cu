#include "cuda/context.h"
#include "cuda/detail/each.cuh"

namespace fno::cuda::CU_TARGET {
namespace {

// Philox 4x32-10; see framework/tensor/philox.h, whose integers these are.
__device__ __forceinline__ uint4 philox4x32(uint4 counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint32_t high0 = __umulhi(0xD2511F53u, counter.x), low0 = 0xD2511F53u * counter.x;
    const std::uint32_t high1 = __umulhi(0xCD9E8D57u, counter.z), low1 = 0xCD9E8D57u * counter.z;
    counter = uint4{high1 ^ counter.y ^ key0, low1, high0 ^ counter.w ^ key1, low0};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

__device__ __forceinline__ void store(std::uint32_t& out, std::uint32_t bits) { out = bits; }
__device__ __forceinline__ void store(float& out, std::uint32_t bits) {
  out = static_cast<float>(bits >> 8) * 0x1p-24f;  // 24 bits: exact, so the same on every device
}

// One block of the generator, four numbers, a thread: 16 bytes written, some 60 integer operations.
template <class Job>
__global__ void random_kernel(Job j) {
  for_each_index((j.n + 3) / 4, [&](std::int64_t block) {
    const std::uint64_t counter = j.first_block + static_cast<std::uint64_t>(block);
    const uint4 bits =
        philox4x32(uint4{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                         static_cast<std::uint32_t>(j.stream), static_cast<std::uint32_t>(j.stream >> 32)},
                   static_cast<std::uint32_t>(j.seed), static_cast<std::uint32_t>(j.seed >> 32));
    const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
    for (int i = 0; i < 4; ++i)
      if (4 * block + i < j.n) store(j.out[4 * block + i], words[i]);
  });
}
CU_KERNEL(random_kernel<RandomBits>);
CU_KERNEL(random_kernel<RandomUniform>);

}  // namespace

void execute(Context& context, const RandomBits& j) {
  launch_each(context, (j.n + 3) / 4, random_kernel<RandomBits>, j);
}

void execute(Context& context, const RandomUniform& j) {
  launch_each(context, (j.n + 3) / 4, random_kernel<RandomUniform>, j);
}

}  // namespace fno::cuda::CU_TARGET
