#include "tools/tasks/ptychography/grid_lines_rows.h"

#include "framework/error.h"

namespace fno::ptychography {

void complete(GridLines& data, const std::vector<settings::Given>& given, std::int64_t noise_seed) {
  const bool measured = data.probe_npz.has_value();
  if (settings::find(given, "probe_source") == nullptr)
    data.probe_source = measured ? ProbeSource::custom : ProbeSource::analytic;
  require<ErrorKind::config>((data.probe_source == ProbeSource::custom) == measured, "--probe-source: found ",
                             name_of(data.probe_source), measured ? " with" : " without",
                             " --probe-npz, accepted: custom with it, analytic or ideal_disk without");
  if (settings::find(given, "noise_seed") == nullptr) data.noise_seed = static_cast<std::uint64_t>(noise_seed);
}

}  // namespace fno::ptychography
