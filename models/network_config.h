#pragma once

#include <optional>
#include <string>

#include "framework/ops/spectral.h"

namespace fno {

/// What a network maps, which decides the fields of NetworkConfig that it has.
enum class NetworkKind {
  grid_operator,  ///< (B, in, n…) to (B, out, n…) on any grid of `dims` axes
  patch,          ///< square diffraction patterns (B, C, N, N) to object patches (B, 2C, N, N)
};
/// As files say it.
template <>
inline constexpr std::array<std::string_view, 2> kNames<NetworkKind>{"operator", "ptychography"};

enum class StableForm {
  layerscale,  ///< y = x + λ ⊙ InstanceNorm(GELU(z)), γ = 1, β = 0, λ a small learned number a channel
  zero_gamma,  ///< y = x + InstanceNorm(GELU(z)), γ = β = 0: exactly the identity at the start
};
template <>
inline constexpr std::array<std::string_view, 2> kNames<StableForm>{"layerscale", "zero_gamma"};

/// What is done to a pattern before the network sees it.
enum class InputTransform {
  none,
  sqrt,          ///< √max(x, 0)
  log1p,         ///< ln(1 + max(x, 0))
  instancenorm,  ///< zero mean, unit variance a sample and channel, eps 1e-6, nothing learned
};
template <>
inline constexpr std::array<std::string_view, 4> kNames<InputTransform>{"none", "sqrt", "log1p", "instancenorm"};

/// What the last layer's maps mean. Source: Stage A specification, section 4.10.
enum class OutputMode {
  real_imag,         ///< 2C maps are the real and imaginary parts, unbounded
  amp_phase_logits,  ///< of the same 2C maps: amplitude σ(first C), phase π·tanh(last C)
  amp_phase,         ///< the same from two heads of C maps each
};
template <>
inline constexpr std::array<std::string_view, 3> kNames<OutputMode>{"real_imag", "amp_phase_logits", "amp_phase"};

/// A network but for its weights. An architecture reads what it has a use for: every arm of a comparison takes the same
/// settings.
struct NetworkConfig {
  std::string architecture = "fno_operator";  ///< one of architectures() (models/network.h)
  int dims = 2, in = 1, out = 1;              ///< operators: axes of the grid, channels on both sides
  int points = 64, channels = 1;              ///< patches: N, the side; C, patches side by side
  int width = 32;
  PerAxis<int> modes = 12;  ///< patches: one number
  int blocks = 4;
  int projection = 128;                    ///< operators: width of the layer before the last
  int cnn_blocks = 2;                      ///< fno, ffno: convolutional refiners after the blocks, 0 for none
  std::optional<int> resnet_width;         ///< hybrid_resnet: width of its ResNet blocks, a multiple of 4
  std::optional<int> max_hidden_channels;  ///< hybrids: the cap on width doubling
  ModeConvention spectral = ModeConvention::corner;
  StableForm stable_form = StableForm::layerscale;
  double layerscale_init = 1e-3;
  PerAxis<double> padding = 0.0;  ///< operators: waves are periodic on 1 + padding times the domain (ops/spectral.h)
  bool grid_ends = false;         ///< operators: point i of n lies at i/(n-1), not at i/n
  InputTransform input_transform = InputTransform::none;  ///< patches
  OutputMode output_mode = OutputMode::real_imag;         ///< patches
  bool activation_checkpointing = false;  ///< blocks keep their input and are computed again in the reverse pass
};

/// What a file may ask for.
struct FieldRange {
  double least, greatest;
};
inline constexpr FieldRange kAnyExtent{1, 65536};

/// Calls row(name, field) for each field that networks of this kind have, row(name, field, range) for numbers.
template <class Config, class Row>
void for_each_field(Config& c, NetworkKind kind, Row&& row) {
  constexpr double kMost = 1e9;
  row("architecture", c.architecture);
  if (kind == NetworkKind::grid_operator) {
    row("dims", c.dims, FieldRange{1, 3});
    row("in", c.in, FieldRange{1, kMost});
    row("out", c.out, FieldRange{1, kMost});
    row("projection", c.projection, kAnyExtent);
    row("padding", c.padding, FieldRange{0, 1});
    row("grid_ends", c.grid_ends);
  } else {
    row("points", c.points, kAnyExtent);
    row("channels", c.channels, kAnyExtent);
    row("cnn_blocks", c.cnn_blocks, FieldRange{0, kMost});
    row("resnet_width", c.resnet_width, kAnyExtent);
    row("max_hidden_channels", c.max_hidden_channels, kAnyExtent);
    row("input_transform", c.input_transform);
    row("output_mode", c.output_mode);
  }
  row("width", c.width, kAnyExtent);
  row("modes", c.modes, kAnyExtent);
  row("blocks", c.blocks, FieldRange{1, kMost});
  row("spectral", c.spectral);
  row("stable_form", c.stable_form);
  row("layerscale_init", c.layerscale_init);
  row("activation_checkpointing", c.activation_checkpointing);
}

}  // namespace fno
