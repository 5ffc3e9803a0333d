#include "models/hybrid_resnet.h"

#include <algorithm>

#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"
#include "framework/ops/resample.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {
namespace {

constexpr double kGateInit = 0.1;
constexpr int kHalvings = 2, kResnetBlocks = 6;

// Without padding of its own: the reflected border stands in for it.
ConvLayer::Config bare_conv3(int channels) { return {.dims = 2, .in = channels, .out = channels, .kernel = 3}; }

Var reflected(const Var& x) { return pad(x, 1, 1, PadMode::reflect); }

void check(const NetworkConfig& c) {
  require<ErrorKind::config>(c.blocks > kHalvings, "fno-blocks: found ", c.blocks,
                             "; hybrid_resnet accepts whole numbers from 3 on");
  require<ErrorKind::config>(c.points % 4 == 0 && c.points >= 8, "points: found ", c.points,
                             "; hybrid_resnet accepts multiples of 4 from 8 on");
  for (const int halved : {1, 2, 4}) require_modes_fit(c.spectral, c.points / halved, c.modes);
}

}  // namespace

Block resnet_block(ParameterStore& store, const std::string& name, int channels, const Var& gate, bool checkpointing) {
  const ConvLayer first(store, name + ".conv1", bare_conv3(channels)),
      second(store, name + ".conv2", bare_conv3(channels));
  const NormParameters norm1(store, name + ".norm1", channels), norm2(store, name + ".norm2", channels);
  return {name, checkpointing, [=](const Var& x) {
            const Var z = instance_norm(first(reflected(x)), norm1.gamma, norm1.beta);
            observe(name, "pre_gelu", z);
            return x + gate * instance_norm(second(reflected(gelu(z))), norm2.gamma, norm2.beta);
          }};
}

HybridResnetModel::HybridResnetModel(ParameterStore& store, const NetworkConfig& c) {
  check(c);
  lifter_.emplace(store, c.channels, c.width);
  int width = c.width;
  for (int i = 0; i < c.blocks; ++i) {
    blocks_.push_back(fourier_block(store, "encoder_blocks." + std::to_string(i),
                                    fourier_block_layer(width, c.modes, c.spectral), c.activation_checkpointing));
    if (i >= kHalvings) continue;
    const int next = c.max_hidden_channels ? std::min(2 * width, *c.max_hidden_channels) : 2 * width;
    down_.emplace_back(store, "downsample." + std::to_string(i), conv_halving(width, next));
    width = next;
  }
  if (c.resnet_width && *c.resnet_width != width) {
    adapter_.emplace(store, "adapter", conv1(width, *c.resnet_width));
    width = *c.resnet_width;
  }
  require<ErrorKind::config>(width % 4 == 0, "max-hidden-channels: leaves ", width,
                             " channels to the ResNet blocks of hybrid_resnet; multiples of 4 are accepted there, or a "
                             "resnet-width of its own");
  const Var gate = store.constant("resnet_gate", Shape{1}, kGateInit);
  for (int i = 0; i < kResnetBlocks; ++i)
    resnet_.push_back(
        resnet_block(store, "resnet_blocks." + std::to_string(i), width, gate, c.activation_checkpointing));
  for (int j = 0; j < kHalvings; ++j, width /= 2) {
    const std::string name = "upsample." + std::to_string(j);
    up_.emplace_back(
        store, name,
        ConvLayer::Config{.dims = 2, .in = width, .out = width / 2, .kernel = 4, .stride = 2, .padding = 1});
    up_norm_.emplace_back(store, name + ".norm", width / 2);
  }
  head_.emplace(store, width, c.channels, c.output_mode);
}

Var HybridResnetModel::forward(const Var& x) const {
  Var v = (*lifter_)(x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    v = blocks_[i](v);
    if (i < down_.size()) v = down_[i](v);
  }
  if (adapter_) v = (*adapter_)(v);
  for (const Block& block : resnet_) v = block(v);
  for (std::size_t j = 0; j < up_.size(); ++j) {
    const Scope scope("upsample." + std::to_string(j));
    v = instance_norm(up_[j](v), up_norm_[j].gamma, up_norm_[j].beta);
    observe("upsample", j, "pre_gelu", v);
    v = gelu(v);
  }
  return (*head_)(v);
}

}  // namespace fno
