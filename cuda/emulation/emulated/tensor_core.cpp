#include "cuda/emulation/emulated/tensor_core.h"

#include <bit>

#include "cuda/emulation/emulated/block.h"
#include "cuda/emulation/emulated/traffic.h"
#include "cuda/emulation/emulated/warp.h"

namespace fno::cu::emulated {
namespace {

constexpr std::uint32_t kAllLanes = 0xffffffffu;

struct MmaOperand {
  float* d;
  const std::uint32_t *a, *b;
};

const MmaOperand& operand(const Gathering& lanes, unsigned lane) {
  return *static_cast<const MmaOperand*>(lanes.operands[lane]);
}

// The unit reads the upper 19 bits of a tf32 register.
float from_tf32(std::uint32_t bits) { return std::bit_cast<float>(bits & 0xffffe000u); }

float from_bf16(std::uint32_t pair, unsigned half) {
  return std::bit_cast<float>(half == 0 ? pair << 16 : pair & 0xffff0000u);
}

template <unsigned K>
void multiply(const Gathering& lanes, const float (&a)[16][K], const float (&b)[K][8]) {
  traffic::add_multiply_adds(16 * 8 * K);
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      float& d = operand(lanes, row % 8 * 4 + column / 2).d[row / 8 * 2 + column % 2];
      for (unsigned k = 0; k < K; ++k) d += a[row][k] * b[k][column];
    }
}

void compute_tf32(Block&, Warp&, Gathering& lanes) {
  float a[16][8], b[8][8];
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned k = 0; k < 8; ++k) a[row][k] = from_tf32(operand(lanes, row % 8 * 4 + k % 4).a[row / 8 + k / 4 * 2]);
  for (unsigned k = 0; k < 8; ++k)
    for (unsigned column = 0; column < 8; ++column)
      b[k][column] = from_tf32(operand(lanes, column * 4 + k % 4).b[k / 4]);
  multiply(lanes, a, b);
}

void compute_bf16(Block&, Warp&, Gathering& lanes) {
  float a[16][16], b[16][8];
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned k = 0; k < 16; ++k)
      a[row][k] = from_bf16(operand(lanes, row % 8 * 4 + k % 8 / 2).a[row / 8 + k / 8 * 2], k % 2);
  for (unsigned k = 0; k < 16; ++k)
    for (unsigned column = 0; column < 8; ++column)
      b[k][column] = from_bf16(operand(lanes, column * 4 + k % 8 / 2).b[k / 8], k % 2);
  multiply(lanes, a, b);
}

}  // namespace

void mma_tf32_all(float* d, const std::uint32_t* a, const std::uint32_t* b, const Site& site) {
  MmaOperand mine{d, a, b};
  gather("mma m16n8k8 tf32", kAllLanes, &mine, compute_tf32, site);
}

void mma_bf16_all(float* d, const std::uint32_t* a, const std::uint32_t* b, const Site& site) {
  MmaOperand mine{d, a, b};
  gather("mma m16n8k16 bf16", kAllLanes, &mine, compute_bf16, site);
}

std::uint32_t round_to_tf32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
  return finite ? (bits + 0x1000u) & 0xffffe000u : bits;
}

}  // namespace fno::cu::emulated
