#include "models/hybrid.h"

#include <algorithm>
#include <bit>

#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {
namespace {

bool is_stable(const NetworkConfig& c) { return c.architecture == "stable_hybrid"; }

void check_depth(const NetworkConfig& c) {
  const int deepest = std::countr_zero(static_cast<unsigned>(c.points)) + 1;  // levels until N is odd
  require<ErrorKind::config>(c.blocks <= deepest, "fno-blocks: found ", c.blocks, "; a patch of ", c.points,
                             " points must be divisible by 2^(blocks-1): accepted are 1 to ", deepest);
  const int alone = c.points >> (c.blocks - 1) == 1 ? 1 : 0;
  require<ErrorKind::config>(!is_stable(c) || !alone, "fno-blocks: found ", c.blocks, "; stable_hybrid on ", c.points,
                             " points ends on a single point, where InstanceNorm is undefined: accepted are 1 to ",
                             deepest - 1);
  for (int i = 0; i < c.blocks; ++i) require_modes_fit(c.spectral, c.points >> i, c.modes);
}

}  // namespace

std::vector<int> HybridModel::channels(const NetworkConfig& c) {
  std::vector<int> widths{c.width};
  while (static_cast<int>(widths.size()) < c.blocks)
    widths.push_back(c.max_hidden_channels ? std::min(2 * widths.back(), *c.max_hidden_channels) : 2 * widths.back());
  return widths;
}

HybridModel::HybridModel(ParameterStore& store, const NetworkConfig& c) {
  check_depth(c);
  const std::vector<int> width = channels(c);
  const auto add_block = [&](const std::string& name, int channels, int modes) {
    const FourierLayer::Config layer = fourier_block_layer(channels, modes, c.spectral);
    blocks_.push_back(is_stable(c) ? stable_block(store, name, layer, c)
                                   : fourier_block(store, name, layer, c.activation_checkpointing));
  };

  lifter_.emplace(store, c.channels, c.width);
  for (std::size_t i = 0; i < width.size(); ++i) {
    add_block("encoder_blocks." + std::to_string(i), width[i], c.modes);
    if (i + 1 < width.size())
      down_.emplace_back(store, "downsample." + std::to_string(i), conv_halving(width[i], width[i + 1]));
  }
  add_block("bottleneck", width.back(), std::max(1, c.modes / 2));
  for (std::size_t j = 0; j + 1 < width.size(); ++j) {  // from the deepest level up, by the recorded widths
    const int from = width[width.size() - 1 - j], to = width[width.size() - 2 - j];
    up_.emplace_back(store, "upsample." + std::to_string(j), conv_halving(from, to));
    decoder1_.emplace_back(store, "decoder_blocks." + std::to_string(j) + ".0", conv3(2 * to, to));
    decoder2_.emplace_back(store, "decoder_blocks." + std::to_string(j) + ".2", conv3(to, to));
  }
  head_.emplace(store, c.width, c.channels, c.output_mode);
}

Var HybridModel::forward(const Var& x) const {
  Var v = (*lifter_)(x);
  std::vector<Var> skips;
  const std::size_t levels = down_.size() + 1;
  for (std::size_t i = 0; i < levels; ++i) {
    v = blocks_[i](v);
    if (i + 1 == levels) break;
    skips.push_back(v);
    v = down_[i](v);
  }
  v = blocks_[levels](v);
  for (std::size_t j = 0; j < up_.size(); ++j) {
    const Scope scope("decoder_blocks." + std::to_string(j));
    const Var z = decoder1_[j](concat({up_[j](v), skips[skips.size() - 1 - j]}, 1));
    observe("decoder_blocks", j, "0", z);
    v = decoder2_[j](gelu(z));
    observe("decoder_blocks", j, "out", v);
  }
  return (*head_)(v);
}

}  // namespace fno
