#pragma once

#include "bench/harness/report.h"

namespace fno::bench {

/// A roofline plot as SVG: every row at its flop per byte and its Gflop/s, on logarithmic axes, under the two roofs
/// that were measured in the same run. How far a point lies below them is its percent of the floor. Errors: storage.
/// Source of the plot: Williams, Waterman and Patterson, Communications of the ACM 52(4), 2009.
void write_roofline(const Report& report, const std::string& path);

}  // namespace fno::bench
