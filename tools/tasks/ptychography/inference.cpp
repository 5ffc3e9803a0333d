#include "tools/tasks/ptychography/inference.h"

#include <nlohmann/json.hpp>

#include "tools/files/formats/create_array_file.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/recon.h"
#include "tools/tasks/ptychography/task.h"

namespace fno::ptychography {
namespace {

// What a file was made into, for whoever wants to keep it.
struct Reconstruction {
  std::vector<NamedArray> arrays = {};
  std::vector<report::Sample> pictures = {};
  int rows = 0, cols = 0;
};

training::Evaluation reconstruct_file(const training::TrainedNetwork& trained, const std::string& path,
                                      Reconstruction& made) {
  const NetworkConfig& config = trained.description.config;
  const auto& own = trained.settings.own<PtychographySettings>();
  const std::int64_t batch = trained.settings.train.infer_batch_size;
  const double gain = own.gain().batch ? static_cast<double>(trained.settings.optim.batch_size) : own.gain().fixed;
  const PtychoData data = read_dataset(path, own, units_in(trained.description, gain));
  require<ErrorKind::data>(data.N == config.points && data.C == config.channels, path, ": found patterns of ", data.N,
                           " x ", data.N, " in ", data.C, " channels, accepted: ", config.points, " x ", config.points,
                           " in ", config.channels, ", as ", trained.whose, " has them");
  const auto samples = [&](std::int64_t patterns) {
    return std::to_string(patterns) + " patterns of " + std::to_string(data.N) + " x " + std::to_string(data.N);
  };
  training::Evaluation result{.readings = {"data " + data.text()}};
  if (!data.measurement) {
    const TestScan scan(data);
    const ComplexImage recon = reconstruct(trained.model(), data, scan, batch, trained.device());
    result.measured = measured(score(scan.truth(), recon), score_constant(scan.truth()));
    result.samples = samples(scan.patterns());
    made = {recon_arrays(recon), run_samples(scan.truth(), recon), recon.rows, recon.cols};
    return result;
  }
  if (!own.no_gate) check_amplitudes(data);
  const MeasuredObject object = reconstruct_measurement(trained.model(), data, gain, batch, trained.device());
  result.notices = data.measurement->notices;
  result.measured = measured(object);
  result.samples = samples(data.n);
  result.remarks = remarks_of(object);
  made = {object_arrays(object), object_samples(object, data), object.stitched.grid.rows, object.stitched.grid.cols};
  return result;
}

}  // namespace

training::Evaluation evaluate(const training::TrainedNetwork& trained, const std::string& path) {
  Reconstruction made;
  return reconstruct_file(trained, path, made);
}

training::Evaluation predict(const training::TrainedNetwork& trained, const training::PredictionFiles& files) {
  Reconstruction made;
  training::Evaluation result = reconstruct_file(trained, files.data, made);
  const auto writer = create_array_file(files.output, "--output", true);
  for (const auto& [name, array] : made.arrays) {
    writer->begin(name, array);
    writer->append(array.bytes);
    result.arrays.push_back({{"name", name}, {"type", std::string(name_of(array.type))}, {"shape", array.shape}});
  }
  writer->finish();
  write_pictures(files.output, made.pictures);
  result.remarks.push_back("wrote " + files.output + ": the reconstruction, " + std::to_string(made.rows) + " x " +
                           std::to_string(made.cols) + " pixels, and its picture, a PNG of the same name");
  return result;
}

}  // namespace fno::ptychography
