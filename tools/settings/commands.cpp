#include "tools/settings/commands.h"

#include <utility>

#include "framework/error.h"

namespace fno::settings {
namespace {

template <class Options>
std::vector<Row<Options>> with_common(std::vector<Row<Options>> rows) {
  for (auto& row : rows) row.section = "Flags";
  for (auto& row : common_rows<Options>()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

std::vector<Row<SimulateDarcyOptions>> simulate_darcy_rows() {
  using D = SimulateDarcyOptions;
  return with_common<D>({
      bind<D, &D::output>({.key = "output",
                           .rule = path(),
                           .help = "file to write, with x and y",
                           .metavar = "FILE.npz",
                           .required = true}),
      bind<D, &D::samples>(
          {.key = "samples", .rule = integer(1, 10000000), .help = "number of samples", .required = true}),
      bind<D, &D::grid>({.key = "grid",
                         .rule = integer(2, 16384),
                         .help = "points per side of the solved problem",
                         .metavar = "n",
                         .required = true}),
      bind<D, &D::contrast>({.key = "contrast",
                             .rule = positive_interval(),
                             .fallback = Interval{3, 12},
                             .help = "the two values of the coefficient"}),
      bind<D, &D::stride>({.key = "stride",
                           .rule = integer(1, 16384),
                           .fallback = std::int64_t{1},
                           .help = "store every k-th node per side; divides --grid",
                           .metavar = "k"}),
  });
}

std::vector<Row<SimulateGridLinesOptions>> simulate_grid_lines_rows() {
  using G = SimulateGridLinesOptions;
  std::vector<Row<G>> rows{bind<G, &G::output>({.key = "output",
                                                .rule = path(),
                                                .help = "folder for train.npz, test.npz and dataset.json",
                                                .metavar = "DIR",
                                                .required = true})};
  for (auto& row : grid_lines_rows<G>("--seed")) rows.push_back(std::move(row));
  return with_common<G>(std::move(rows));
}

std::vector<Row<EvaluateOptions>> evaluate_rows() {
  using E = EvaluateOptions;
  return with_common<E>({
      bind<E, &E::run>({.key = "run",
                        .rule = path(),
                        .help = "run directory that fno train left",
                        .metavar = "RUN",
                        .required = true}),
      bind<E, &E::data>({.key = "data",
                         .rule = path(),
                         .help = "file with x and y, on any grid the network takes",
                         .metavar = "FILE.npz",
                         .required = true}),
      bind<E, &E::weights>({.key = "weights",
                            .rule = names_of<Weights>(),
                            .fallback = "last",
                            .help = "of the last epoch, or of the best on the validation part"}),
      bind<E, &E::output>({.key = "output",
                           .rule = path(),
                           .help = "write the metrics there too",
                           .metavar = "FILE.json",
                           .fallback_text = "none"}),
  });
}

std::vector<Row<InspectOptions>> inspect_rows() {
  return with_common<InspectOptions>({bind<InspectOptions, &InspectOptions::path>({.key = "path",
                                                                                   .rule = path(),
                                                                                   .help = "a file or a run directory",
                                                                                   .metavar = "PATH",
                                                                                   .required = true,
                                                                                   .positional = true})});
}

std::vector<Row<DevicesOptions>> devices_rows() { return with_common<DevicesOptions>({}); }

void check_together(const GridLinesSettings& options) {
  require<ErrorKind::config>(
      !options.probe_source || (*options.probe_source == ProbeSource::custom) == options.probe_npz.has_value(),
      "--probe-source: found ", name_of(options.probe_source.value_or(ProbeSource::custom)),
      options.probe_npz ? " with" : " without",
      " --probe-npz, accepted: custom with it, analytic or ideal_disk without");
}

void check_together(const SimulateDarcyOptions& options) {
  require<ErrorKind::config>(options.grid % options.stride == 0, "--stride: found ", options.stride,
                             ", accepted: a divisor of --grid ", options.grid);
}

}  // namespace fno::settings
