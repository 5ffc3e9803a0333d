#pragma once

#include <string>

#include "framework/kernels/spectral.h"
#include "tools/onnx/graph.h"

namespace fno {

// Spectral jobs (framework/kernels/spectral.h) as products with real matrices: cosines and sines of one axis after the
// other, a complex number being two rows or columns. Fields are (N, channels, axes…), spectra (modes, N, 2·channels).

/// The axes of a mode set that are more than a formality: sizes without the ones in front.
[[nodiscard]] OnnxDims grid_of(const ModeSet& modes);

[[nodiscard]] std::string analyse(OnnxGraph& graph, const Analyse<float>& job, const std::string& x);
[[nodiscard]] std::string synthesise(OnnxGraph& graph, const Synthesise<float>& job, const std::string& y_hat);
/// `weights` are those of the parameter `name`, (N, in, out) pairs.
[[nodiscard]] std::string mix(OnnxGraph& graph, const MixChannels<float>& job, const std::string& x_hat,
                              const std::vector<float>& weights, const std::string& name);

}  // namespace fno
