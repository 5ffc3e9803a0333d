#pragma once

#include <cstdint>

namespace fno {

/// What the simulators of flows check alike. Errors: config, naming the flag.

/// --stride: a divisor of --grid that leaves at least 2 points along an axis.
void require_stride(std::int64_t stride, std::int64_t grid);
/// --viscosity and --time above 0, --tolerance from 1e-10 to 1.
void require_flow(double viscosity, double time, double tolerance);

}  // namespace fno
