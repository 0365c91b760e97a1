"""compiler.importer"""
