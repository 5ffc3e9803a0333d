#include "tests/support/golden.h"

#include <cstdlib>
#include <set>

#include "framework/checks/values.h"

namespace fno::test {
namespace {

// Where the sources were when this was compiled, unless the programs were carried to another machine.
std::string golden_folder() {
  const char* moved = std::getenv("FNO_GOLDEN_DIR");
  return moved != nullptr ? moved : FNO_GOLDEN_DIR;
}

}  // namespace

GoldenFile::GoldenFile(const std::string& name) : reader_(golden_folder() + "/" + name + ".npz") {}

GoldenArray GoldenFile::get(const std::string& in_case, const std::string& array) const {
  const HostArray stored = reader_.read(in_case + "__" + array);
  return {.shape = Shape(stored.shape), .values = stored.to_doubles()};
}

double GoldenFile::number(const std::string& in_case, const std::string& array) const {
  return get(in_case, array).values.at(0);
}

std::vector<int> GoldenFile::integers(const std::string& in_case, const std::string& array) const {
  std::vector<int> result;
  for (const double value : get(in_case, array).values) result.push_back(static_cast<int>(value));
  return result;
}

Tensor GoldenFile::tensor(const std::string& in_case, const std::string& array, Dtype dtype,
                          const Device& device) const {
  if (!is_complex(dtype)) {
    const GoldenArray stored = get(in_case, array);
    return tensor_of(stored.values, stored.shape, dtype, device);
  }
  const GoldenArray re = get(in_case, array + "_re"), im = get(in_case, array + "_im");
  std::vector<double> pairs;
  for (std::size_t i = 0; i < re.values.size(); ++i) {
    pairs.push_back(re.values[i]);
    pairs.push_back(im.values.at(i));
  }
  Shape shape = re.shape;
  shape.push_back(2);
  return tensor_of(pairs, shape, real_of(dtype), device).as_complex();
}

std::vector<std::string> GoldenFile::cases() const {
  std::set<std::string> found;
  for (const std::string& name : reader_.names()) found.insert(name.substr(0, name.find("__")));
  return {found.begin(), found.end()};
}

Tensor tensor_of(const std::vector<double>& values, const Shape& shape, Dtype dtype, const Device& device) {
  return checks::tensor_of(values, shape, dtype, device);
}

}  // namespace fno::test
