#include "tools/tasks/ptychography/recon.h"

#include <filesystem>

#include "tools/files/atomic_file.h"
#include "tools/files/npz.h"

namespace fno::ptychography {
namespace {

std::vector<float> as_floats(const RealImage& image) { return {image.values.begin(), image.values.end()}; }

}  // namespace

std::vector<NamedArray> recon_arrays(const ComplexImage& image) {
  check_image(image, "reconstruction");
  const std::vector<std::int64_t> shape{image.rows, image.cols};
  return {{"YY_pred", make_host_array(image.values, shape)},
          {"amp", make_host_array(as_floats(amplitude_of(image)), shape)},
          {"phase", make_host_array(as_floats(phase_of(image)), shape)}};
}

void write_recon(const std::string& path, const ComplexImage& image) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) make_folder(folder);
  write_npz(path, recon_arrays(image), true);
}

ComplexImage read_recon(const std::string& path) {
  const HostArray array = NpzReader(path).read("YY_pred");
  require<ErrorKind::data>(array.shape.size() == 2, path, ": array 'YY_pred' has shape ", host_shape_text(array.shape),
                           ", an image (rows, columns) is accepted");
  const auto values = array.values<std::complex<float>>(path + ": array 'YY_pred'");
  ComplexImage image{static_cast<int>(array.shape[0]), static_cast<int>(array.shape[1]), {}};
  image.values.assign(values.begin(), values.end());
  return image;
}

}  // namespace fno::ptychography
