import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const NODE_TEST = { from: "package", name: ["test", "it", "describe", "suite"], package: "node:test" };

export default defineConfig(
  globalIgnores(["dist/", "gen/", "conformance/gen/", "node_modules/"]),
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Its runner awaits what they answer.
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [NODE_TEST] }],
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      // noUncheckedIndexedAccess asks for one where an index is known to be within.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Enums of messages are numbers, and compared with those of later versions.
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      // What is passed on as plain parts may come from an instance.
      "@typescript-eslint/no-misused-spread": "off",
    },
  },
);
