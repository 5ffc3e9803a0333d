#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "models/parameters.h"

namespace fno {

// Copies of a layer are handles to the same layer, as copies of a Var are to the same variable.

/// 1-wide to k-wide convolution with bias, initialised uniform in ±1/√fan_in (weights and bias).
class ConvLayer {
 public:
  struct Config {
    int dims = 2, in = 1, out = 1, kernel = 1, stride = 1, padding = 0;
  };
  ConvLayer(ParameterStore& store, const std::string& name, const Config& config);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  friend Var pointwise_mlp(const ConvLayer& first, const ConvLayer& second, const Var& x);
  std::string name_;
  Config config_;
  Var weight_, bias_;
};

/// second(gelu(first(x))) of two 1-wide layers, without the channels between them as a field in memory.
[[nodiscard]] Var pointwise_mlp(const ConvLayer& first, const ConvLayer& second, const Var& x);

/// Transposed convolution with bias; fan_in counts the output channels (Stage A specification, section 12).
class ConvTransposeLayer {
 public:
  ConvTransposeLayer(ParameterStore& store, const std::string& name, const ConvLayer::Config& config);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  std::string name_;
  ConvLayer::Config config_;
  Var weight_, bias_;
};

/// InstanceNorm's γ and β.
struct NormParameters {
  NormParameters() = default;
  NormParameters(ParameterStore& store, const std::string& name, int channels, double gamma = 1);
  Var gamma, beta;
};

/// A member of a configuration that has no default: leaving it out does not compile.
template <class T>
class Required {
 public:
  Required(T value) : value_(value) {}   // NOLINT: it stands for a T
  operator T() const { return value_; }  // NOLINT

 private:
  T value_;
};

/// Spectral(x) + Conv(x): the linear part of every Fourier block. Weights are named NAME.spectral.weights and
/// NAME.local_conv.{weight,bias}; the centered form has its own bias, NAME.spectral.bias. The convention has no
/// default: each keeps other frequencies, and weights of one mean nothing in another.
class FourierLayer {
 public:
  struct Config {
    int dims = 2, in = 1, out = 1;
    PerAxis<int> modes = 12;
    int kernel = 3;
    Required<ModeConvention> convention;
    PerAxis<double> padding = 0.0;  ///< of the spectral part, see make_modes
    bool grid_ends = false;         ///< likewise
    SpectralInit init = SpectralInit::complex_normal;
  };
  FourierLayer(ParameterStore& store, const std::string& name, const Config& config);
  [[nodiscard]] Var operator()(const Var& x) const;
  /// GELU of it, and what it is of.
  [[nodiscard]] ActivatedLayer activated(const Var& x) const;

 private:
  [[nodiscard]] std::shared_ptr<const ModeSet> modes_for(const Var& x) const;
  [[nodiscard]] Var bias() const;

  std::string name_;
  Config config_;
  Var spectral_, spectral_bias_, conv_weight_, conv_bias_;
  // Mode sets by grid: the same weights serve every resolution.
  struct ModeCache {
    std::mutex mutex;
    std::map<std::vector<int>, std::shared_ptr<const ModeSet>> sets;
  };
  std::shared_ptr<ModeCache> modes_ = std::make_shared<ModeCache>();
};

}  // namespace fno
