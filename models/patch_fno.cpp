#include "models/patch_fno.h"

#include "framework/ops/elementwise.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {

PatchFno::PatchFno(ParameterStore& store, const NetworkConfig& c) : lifter_(store, c.channels, c.width) {
  require_modes_fit(c.spectral, c.points, c.modes);
  for (int i = 0; i < c.blocks; ++i)
    blocks_.push_back(fourier_block(store, "encoder_blocks." + std::to_string(i),
                                    fourier_block_layer(c.width, c.modes, c.spectral), c.activation_checkpointing));
  if (c.architecture == "fno") {
    projection_.emplace(store, "cnn_proj", conv1(c.width, c.width));
    for (int k = 0; k < c.cnn_blocks; ++k)
      refiners_.emplace_back(store, "cnn_blocks." + std::to_string(k), conv3(c.width, c.width));
  }
  head_.emplace(store, c.width, c.channels, c.output_mode);
}

Var PatchFno::forward(const Var& x) const {
  Var v = lifter_(x);
  for (const Block& block : blocks_) v = block(v);
  if (projection_) v = (*projection_)(v);
  for (std::size_t k = 0; k < refiners_.size(); ++k) {
    const Scope scope("cnn_blocks." + std::to_string(k));
    v = refiners_[k](v);
    observe("cnn_blocks", k, "pre_gelu", v);
    v = gelu(v);
  }
  return (*head_)(v);
}

}  // namespace fno
