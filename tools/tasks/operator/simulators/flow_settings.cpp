#include "tools/tasks/operator/simulators/flow_settings.h"

#include <cmath>

#include "framework/error.h"

namespace fno {

void require_stride(std::int64_t stride, std::int64_t grid) {
  require<ErrorKind::config>(stride >= 1 && grid % stride == 0 && grid / stride >= 2, "--stride: found ", stride,
                             ", accepted: a divisor of --grid ", grid, " that leaves at least 2 points");
}

void require_flow(double viscosity, double time, double tolerance) {
  const auto positive = [](const char* flag, double value) {
    require<ErrorKind::config>(value > 0 && std::isfinite(value), flag, ": found ", value,
                               ", accepted: a finite number above 0");
  };
  positive("--viscosity", viscosity);
  positive("--time", time);
  require<ErrorKind::config>(tolerance >= 1e-10 && tolerance <= 1, "--tolerance: found ", tolerance,
                             ", accepted: 1e-10 to 1");
}

}  // namespace fno
