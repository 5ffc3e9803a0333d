#pragma once

#include <string>
#include <vector>

#include "models/network.h"
#include "tools/commands/verify/finding.h"

namespace fno::verify {

/// A network to be tried, small, on a batch of two.
struct SmallNetwork {
  std::string name;
  NetworkConfig config;
  Shape x, y;
};

/// One of every architecture (models/network.h), of the first operator in one and three dimensions too, and each
/// operator once wide enough that every thread has something to do, which only check_threads looks at.
[[nodiscard]] std::vector<SmallNetwork> small_networks();

/// The slope of a network along a direction through its input and all its weights, in float64, as check_gradients.
/// The step is short, 1e-7: maxima and kinks must not lie within it, and one that does costs no more than its jump.
/// Bound  1e-6: the differences lose u·f/h, some 1e-8.
[[nodiscard]] Finding check_network_gradients(const std::vector<SmallNetwork>& networks, const Device& device,
                                              std::uint64_t seed);

/// What a network in float64 gives for random input and a random dL/dy.
struct NetworkOutcome {
  std::vector<double> output, input_gradient, weight_gradient;  ///< the last of all weights, one behind another
  std::size_t tensors = 0;                                      ///< of weights
};
/// Of the small ones, in their order.
[[nodiscard]] std::vector<NetworkOutcome> network_outcomes(const std::vector<SmallNetwork>& networks,
                                                           const Device& device, std::uint64_t seed);

/// Output, gradient in the input and gradient in all weights together, on two devices. Together, for that of a bias in
/// front of a norm is 0 but for rounding: by itself it has no size to be measured by.
/// Bound  8·u·(1 + √K) a layer, K the numbers of the batch's field, as many layers as there are tensors of weights.
[[nodiscard]] Finding compare_networks(const std::vector<SmallNetwork>& networks,
                                       const std::vector<NetworkOutcome>& these,
                                       const std::vector<NetworkOutcome>& others, const std::string& check,
                                       const std::string& covers);

/// The weights after some steps of Adam with a clipped gradient on random data, bit by bit.
[[nodiscard]] std::vector<std::vector<std::byte>> trained_weights(const SmallNetwork& network, const Device& device,
                                                                  std::uint64_t seed);

/// How many bytes of two such results differ.
[[nodiscard]] std::int64_t differing_bytes(const std::vector<std::vector<std::byte>>& these,
                                           const std::vector<std::vector<std::byte>>& others);

/// The same bits for 1, 2, 3 and 7 threads of the CPU. Measure: differing bytes of the weights; bound 0.
[[nodiscard]] Finding check_threads(const std::vector<SmallNetwork>& networks, std::uint64_t seed);

}  // namespace fno::verify
