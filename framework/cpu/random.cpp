#include "framework/cpu/context.h"
#include "framework/tensor/philox.h"

namespace fno::cpu {
namespace {

template <class Job, class Store>
void fill(Context& context, const Job& j, Store&& store) {
  context.parallel((j.n + 3) / 4, 2048, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = first; block < last; ++block) {
      const std::uint64_t counter = j.first_block + static_cast<std::uint64_t>(block);
      const auto bits = philox4x32({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                                    static_cast<std::uint32_t>(j.stream), static_cast<std::uint32_t>(j.stream >> 32)},
                                   {static_cast<std::uint32_t>(j.seed), static_cast<std::uint32_t>(j.seed >> 32)});
      for (std::int64_t i = 0; i < 4 && 4 * block + i < j.n; ++i)
        store(j.out[4 * block + i], bits[static_cast<std::size_t>(i)]);
    }
  });
}

}  // namespace

void execute(Context& context, const RandomBits& j) {
  fill(context, j, [](std::uint32_t& out, std::uint32_t bits) { out = bits; });
}

void execute(Context& context, const RandomUniform& j) {
  fill(context, j, [](float& out, std::uint32_t bits) { out = static_cast<float>(bits >> 8) * 0x1p-24f; });
}

}  // namespace fno::cpu
