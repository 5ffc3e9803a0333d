#pragma once

#include "framework/kernels/backend.h"
#include "tools/commands/verify/finding.h"

namespace fno::verify {

/// Results and gradients of all probes and networks on a device against those of the CPU: two lines for the probes,
/// one a precision, one for the networks.
[[nodiscard]] std::vector<Finding> check_device(const Device& device, const Device& cpu, std::uint64_t seed);

/// The CPU's instruction sets that run here, each against the narrowest, which every processor of the architecture has:
/// a line a set and precision for the probes and one for the networks, or one that says that there is no other.
///
/// A process computes with one set (framework/cpu/kernel_set.h), for bits hang on it. Here each takes its turn: it is
/// chosen, a device is made for it and let go before the next one's turn, and tables that outlive a device are kept by
/// set. That gives the numbers themselves, where children of this process could hand on no more than files. The set
/// that was in force is so afterwards.
[[nodiscard]] std::vector<Finding> check_vector_paths(int threads, std::uint64_t seed);

}  // namespace fno::verify
