#include "tools/tasks/operator/layout.h"

#include <algorithm>

namespace fno::operators {
namespace {

constexpr std::string_view kLetters = "ncthwd", kGridLetters = "thwd";
constexpr char kPart = 'z';  // real and imaginary part

bool is_grid(char letter) { return kGridLetters.find(letter) != std::string_view::npos; }

}  // namespace

bool is_layout(const std::string& text) {
  const Layout letters = layout_of(text);
  const auto once = [&](char c) {
    return kLetters.find(c) != std::string_view::npos && std::ranges::count(letters, c) == 1;
  };
  const auto axes = std::ranges::count_if(letters, is_grid);
  return std::ranges::all_of(letters, once) && axes >= 1;
}

Layout layout_of(const std::string& text) {
  Layout letters;
  std::ranges::copy_if(text, std::back_inserter(letters), [](char c) { return c != ' ' && c != ','; });
  return letters;
}

Layout standard_layout(std::size_t axes) { return std::string("nchwd").substr(0, axes); }

std::string grid_letters(const Layout& layout) {
  std::string grid;
  std::ranges::copy_if(layout, std::back_inserter(grid), is_grid);
  return grid;
}

HostArray laid_out(HostArray array, const Layout& layout, const std::string& grid) {
  Layout wanted = layout;
  for (const char absent : {'c', 'n'})
    if (layout.find(absent) == std::string::npos) wanted.insert(wanted.begin(), absent);
  const std::string held = "nc" + grid;
  if (wanted != held) {
    std::vector<std::size_t> order;
    for (const char letter : wanted) order.push_back(held.find(letter));
    array = permuted(array, order);
  }
  array.shape.erase(array.shape.begin(), array.shape.end() - std::ssize(layout));
  return array;
}

HostArray arranged(HostArray array, Layout layout, const GridAxes& grid) {
  const bool complex = array.shape.size() > layout.size();
  if (complex) layout += kPart;
  for (const char absent : grid.states ? std::string("ctn") : std::string("cn"))
    if (layout.find(absent) == std::string::npos) {
      layout.insert(layout.begin(), absent);
      array.shape.insert(array.shape.begin(), 1);
    }
  std::string wanted = grid.states ? "ntc" : "nc";
  if (complex) wanted += kPart;
  wanted += grid.letters;
  if (layout != wanted || std::ranges::any_of(grid.stride, [](std::int64_t k) { return k > 1; })) {
    const std::vector<std::int64_t> steps = row_major_strides(array.shape);
    std::vector<std::int64_t> shape, strides;
    for (const char letter : wanted) {
      const std::size_t axis = layout.find(letter), of_grid = grid.letters.find(letter);
      const std::int64_t every = of_grid == std::string::npos ? 1 : grid.stride[of_grid];
      shape.push_back((array.shape[axis] + every - 1) / every);
      strides.push_back(steps[axis] * every);
    }
    array.bytes = gather(array.bytes, size_of(array.type), shape, strides);
    array.shape = shape;
  }
  if (grid.states) {
    array.shape[1] *= array.shape[0];
    array.shape.erase(array.shape.begin());
  }
  if (complex) {
    array.shape[1] *= 2;
    array.shape.erase(array.shape.begin() + 2);
  }
  return array;
}

}  // namespace fno::operators
