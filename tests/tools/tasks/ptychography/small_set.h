#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "tests/tools/training/train_test_support.h"
#include "tools/files/npz.h"
#include "tools/tasks/ptychography/dataset.h"

namespace fno::ptychography {

/// One device for a whole test: tensors of two do not mix.
inline const Device& cpu() {
  static const Device device = cpu_device(1);
  return device;
}

/// A set that is made in milliseconds: 49 training patches and 169 test patches of 16 x 16 an object.
inline GridLines small_set() {
  GridLines s;
  s.N = 16;
  s.size = 64;
  s.outer_offset_train = 16;
  s.outer_offset_test = 8;
  s.nimgs_train = s.nimgs_test = 1;
  return s;
}

/// Reads a file, lets `change` loose on its arrays and writes them to `to`.
inline void rewrite(const std::string& from, const std::string& to,
                    const std::function<void(std::vector<NamedArray>&)>& change) {
  std::vector<NamedArray> arrays;
  {
    const NpzReader reader(from);
    for (const std::string& name : reader.names()) arrays.push_back({name, reader.read(name)});
  }
  change(arrays);
  write_npz(to, arrays, false);
}

inline HostArray& array_of(std::vector<NamedArray>& arrays, const std::string& name) {
  return std::ranges::find(arrays, name, &NamedArray::name)->array;
}

/// Every number of an array of float32 or complex64 times `factor`.
inline void scale_array(std::vector<NamedArray>& arrays, const std::string& name, float factor) {
  HostArray& array = array_of(arrays, name);
  for (std::size_t at = 0; at < array.bytes.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, array.bytes.data() + at, sizeof value);
    value *= factor;
    std::memcpy(array.bytes.data() + at, &value, sizeof value);
  }
}

/// The metadata text as JSON, changed and put back.
inline void change_metadata(std::vector<NamedArray>& arrays, const std::function<void(Json&)>& change) {
  HostArray& metadata = array_of(arrays, "_metadata");
  Json json = Json::parse(metadata.to_texts().front());
  change(json);
  metadata = make_host_text(json.dump());
}

/// Settings as `fno train --task ptychography` makes them of these flags, for a small network.
inline settings::Settings small_run(const std::string& data, const std::string& run,
                                    const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"train", "--task", "ptychography", "--data", data, "--output-dir", run, "--quiet"};
  const std::vector<std::pair<std::string, std::string>> flags{
      {"--architecture", "hybrid"}, {"--fno-width", "4"}, {"--fno-modes", "3"},
      {"--fno-blocks", "2"},        {"--epochs", "2"},    {"--batch-size", "16"},
      {"--threads", "1"},           {"--device", "cpu"}};
  for (const auto& [flag, value] : flags)
    if (std::ranges::find(more, flag) == more.end()) words.insert(words.end(), {flag, value});
  words.insert(words.end(), more.begin(), more.end());
  return test::train_settings(words);
}

/// True patches of a split, image by image, row by row: (n, 2, N, N) real and imaginary parts, times `scale`.
inline std::vector<float> true_patches(const PtychoData& data, int stride, double scale) {
  std::vector<float> patches;
  const int axis = (data.size - data.N) / stride + 1;
  for (int image = 0; image < data.images; ++image)
    for (int r0 = 0; r0 < axis; ++r0)
      for (int c0 = 0; c0 < axis; ++c0)
        for (const bool imaginary : {false, true})
          for (int r = 0; r < data.N; ++r)
            for (int c = 0; c < data.N; ++c) {
              const auto at =
                  static_cast<std::size_t>((image * data.size + r0 * stride + r) * data.size + c0 * stride + c);
              const std::complex<float> o = data.objects[at];
              patches.push_back(static_cast<float>(scale * static_cast<double>(imaginary ? o.imag() : o.real())));
            }
  return patches;
}

/// Answers batch after batch with the next of these patches, whatever it is asked.
class Recital : public Model {
 public:
  explicit Recital(std::vector<float> patches) : patches_(std::move(patches)) {}
  [[nodiscard]] Var forward(const Var& x) const override {
    const Shape shape{x.shape(0), 2, x.shape(2), x.shape(3)};
    const auto count = static_cast<std::ptrdiff_t>(shape.size());
    const auto first = patches_.begin() + at_;
    at_ = (at_ + count) % static_cast<std::ptrdiff_t>(patches_.size());
    return Var(Tensor::from(std::vector<float>(first, first + count), shape, x.device()));
  }

 private:
  std::vector<float> patches_;
  mutable std::ptrdiff_t at_ = 0;
};

/// Answers with one real number in every pixel.
class Constant : public Model {
 public:
  explicit Constant(double value) : value_(value) {}
  [[nodiscard]] Var forward(const Var& x) const override {
    std::vector<float> patch(static_cast<std::size_t>(2 * x.shape(2) * x.shape(3)));
    std::fill_n(patch.begin(), patch.size() / 2, static_cast<float>(value_));
    std::vector<float> all;
    for (std::int64_t b = 0; b < x.shape(0); ++b) all.insert(all.end(), patch.begin(), patch.end());
    return Var(Tensor::from(all, Shape{x.shape(0), 2, x.shape(2), x.shape(3)}, x.device()));
  }

 private:
  double value_;
};

}  // namespace fno::ptychography
