#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

std::vector<std::uint32_t> bits(OnCuda& device, std::int64_t n, std::uint64_t seed, std::uint64_t stream,
                                std::uint64_t first_block) {
  auto out = device.room<std::uint32_t>(static_cast<std::size_t>(n));
  device.run(RandomBits{out.data(), n, seed, stream, first_block});
  return out.to_host();
}

// Oracle: the known answers of Random123 (Salmon et al., kat_vectors, philox4x32 10).
TEST(CudaRandom, KnownAnswers) {
  OnCuda device;
  EXPECT_EQ(bits(device, 4, 0, 0, 0), (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(bits(device, 4, ~0ull, ~0ull, ~0ull),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(bits(device, 4, 0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
            (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Ragged ends, more blocks of four than the grid has threads, and a block number that passes 32 bits on the way.
TEST(CudaRandom, SameBitsAsTheCpu) {
  for (const std::int64_t n :
       slow_build() ? std::vector<std::int64_t>{1031} : std::vector<std::int64_t>{1, 6, 1031, 40001})
    for (const std::uint64_t first_block : {std::uint64_t{0}, std::uint64_t{0xfffffffe}}) {
      expect_parity<double>("bits", [&](auto& place) {
        auto out = place.template room<std::uint32_t>(static_cast<std::size_t>(n));
        place.run(RandomBits{out.data(), n, 0x123456789abcdef, 77, first_block});
        return out.to_host();
      });
      expect_parity<double>("uniforms", [&](auto& place) {
        auto out = place.template room<float>(static_cast<std::size_t>(n));
        place.run(RandomUniform{out.data(), n, 5, 0x100000003, first_block});
        return out.to_host();
      });
    }
}

TEST(CudaRandom, UniformsAreEqualBitForBit) {
  const auto uniforms = [](auto& place) {
    auto out = place.template room<float>(777);
    place.run(RandomUniform{out.data(), 777, 5, 9, 3});
    return out.to_host();
  };
  OnCpu cpu;
  OnCuda device;
  EXPECT_EQ(uniforms(cpu), uniforms(device));
}

}  // namespace
}  // namespace fno::cuda_test
