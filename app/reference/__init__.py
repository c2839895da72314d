"""Reference data: places, languages, subjects and tags, prompts, AI models and plans."""
