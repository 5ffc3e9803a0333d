#include "tools/tasks/ptychography/reconstruct.h"

#include <algorithm>

#include "framework/error.h"

namespace fno::ptychography {
namespace {

int said(const PtychoData& data, const std::optional<std::int64_t>& value, const char* name, const char* flag) {
  constexpr std::int64_t kLargest = 1 << 20;
  require<ErrorKind::data>(value.has_value(), data.path, ": found no ", name,
                           " in the metadata, accepted: a file that says it, or ", flag);
  return static_cast<int>(std::clamp<std::int64_t>(*value, 0, kLargest));
}

}  // namespace

training::SampleSource samples_of(const PtychoData& data) {
  const Shape shape{1, data.C, data.N, data.N};
  const Shape target{1, data.target.empty() ? data.C : 2 * data.C, data.N, data.N};
  return {.samples = data.n, .x_shape = shape, .y_shape = target, .x = data.diffraction, .y = data.target};
}

TestScan::TestScan(const PtychoData& data) : data_(data) {
  const int images = said(data, data.metadata.nimgs_test, "nimgs_test", "--nimgs-test");
  const int offset = said(data, data.metadata.outer_offset_test, "outer_offset_test", "--outer-offset-test");
  require<ErrorKind::data>(data.C == 1, data.path, ": found ", data.C, " patches a group, accepted: 1 (gridsize 1)");
  require<ErrorKind::data>(data.norm_Y_I.has_value(), data.path, ": found no norm_Y_I, accepted: a test file with it");
  require<ErrorKind::data>(images >= 1 && data.n % images == 0, data.path, ": found ", data.n, " patterns of ", images,
                           " images (nimgs_test), accepted: the same number of each");
  patterns_ = data.n / images;
  truth_ = ground_truth(data);
  int size = data.size;
  if (size == 0) {  // of the truth, which is what the tiles cover
    int per_axis = 1;
    while (std::int64_t{per_axis} * per_axis < patterns_) ++per_axis;
    size = data.N + (per_axis - 1) * (offset / 2);
  }
  geometry_ = {size, data.N, offset};
  check_geometry(geometry_);
  const std::int64_t wanted = std::int64_t{geometry_.per_axis()} * geometry_.per_axis();
  require<ErrorKind::data>(patterns_ == wanted, data.path, ": found ", patterns_,
                           " patterns an image, accepted: ", wanted, ", its scan with outer_offset_test ", offset);
  require<ErrorKind::data>(truth_.rows == geometry_.stitched_size(), data.path, ": found a truth of ", truth_.rows,
                           " pixels a side, accepted: ", geometry_.stitched_size());
}

ComplexImage TestScan::assemble(const std::vector<float>& predictions) const {
  const auto pixels = static_cast<std::size_t>(data_.N) * static_cast<std::size_t>(data_.N);
  std::vector<std::complex<float>> patches(static_cast<std::size_t>(patterns_) * pixels);
  for (std::size_t i = 0; i < static_cast<std::size_t>(patterns_); ++i)
    for (std::size_t p = 0; p < pixels; ++p)
      patches[i * pixels + p] = {predictions[2 * i * pixels + p], predictions[(2 * i + 1) * pixels + p]};
  return stitch(patches, geometry_, *data_.norm_Y_I);
}

ComplexImage reconstruct(const Model& model, const PtychoData& data, const TestScan& scan, std::int64_t batch_size,
                         const Device& device) {
  const NoGrad guard;
  training::Sweep sweep(samples_of(data), 0, scan.patterns(), batch_size, device);
  std::vector<float> predictions;
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const std::vector<float> part = model.forward(Var(sweep.batch(step).x)).value().to_host<float>();
    predictions.insert(predictions.end(), part.begin(), part.end());
  }
  return scan.assemble(predictions);
}

}  // namespace fno::ptychography
