#pragma once

#include <optional>
#include <string>

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/output_head.h"

namespace fno {

/// What only `cnn` reads (Stage A specification, section 4.9).
struct CnnOptions {
  bool probe_big = true;   ///< a second path fills the outer frame of width N/4; otherwise the object is 0 there
  bool attention = false;  ///< CBAM after each encoder block (Woo et al. 2018)
  int tail_channels = 8;   ///< q, the decoder channels that feed the second path
};

/// A Stage A generator. An architecture reads what it has a use for: every arm of a comparison takes the same flags.
struct GeneratorConfig {
  std::string architecture = "stable_hybrid";  ///< one of generator_names()
  int points = 64, channels = 1;               ///< N, the side of a patch; C, patches side by side
  int width = 32, modes = 12, blocks = 4;
  int cnn_blocks = 2;                      ///< fno, ffno: convolutional refiners after the blocks, 0 for none
  std::optional<int> resnet_width;         ///< hybrid_resnet: width of its ResNet blocks, a multiple of 4
  std::optional<int> max_hidden_channels;  ///< hybrids: the cap on width doubling
  ModeConvention spectral = ModeConvention::corner;
  StableForm stable_form = StableForm::layerscale;
  double layerscale_init = 1e-3;
  InputTransform input_transform = InputTransform::none;
  OutputMode output_mode = OutputMode::real_imag;
  bool activation_checkpointing = false;  ///< blocks keep their input and are computed again in the reverse pass
  CnnOptions cnn;
};

}  // namespace fno
